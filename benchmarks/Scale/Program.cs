using Microsoft.Extensions.Configuration;
using Npgsql;
using Scale;

// What stands in a portal with millions of rows. --Database= is a superuser's, of an empty portal.
var settings = new ConfigurationBuilder().AddCommandLine(args[1..]).Build();
var database = new NpgsqlConnectionStringBuilder(
    settings["Database"] ?? throw new InvalidOperationException("--Database= is missing.")
)
{
    CommandTimeout = 7200,
};
await using var seed = new Seed(database);

return args[0] switch
{
    "row-security" => await RowSecurity.MeasureAsync(database, seed, settings),
    "pages" => await Pages.MeasureAsync(database, seed, settings),
    "seed-ten-million" => await TenMillion.SeedAsync(database, seed, settings),
    "ten-million" => await TenMillion.MeasureAsync(database, seed, settings),
    var other => throw new InvalidOperationException(
        $"\"{other}\" is none of row-security, pages, seed-ten-million and ten-million."
    ),
};
