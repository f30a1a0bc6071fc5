using Microsoft.Extensions.Configuration;
using Npgsql;
using Scale;

// What stands in a portal with a million rows. --Database= is a superuser's, of an empty portal.
var settings = new ConfigurationBuilder().AddCommandLine(args[1..]).Build();
var database = new NpgsqlConnectionStringBuilder(
    settings["Database"] ?? throw new InvalidOperationException("--Database= is missing.")
)
{
    CommandTimeout = 900,
};
await using var seed = new Seed(database);

return args[0] switch
{
    "row-security" => await RowSecurity.MeasureAsync(database, seed, settings),
    "pages" => await Pages.MeasureAsync(database, seed, settings),
    var other => throw new InvalidOperationException($"\"{other}\" is neither row-security nor pages."),
};
