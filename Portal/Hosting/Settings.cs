using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace Portal.Hosting;

/// <summary>Validates settings before the portal serves, and names an invalid one in a sentence.</summary>
public static partial class Settings
{
    extension(IServiceCollection services)
    {
        /// <summary>
        /// Registers an options class by its section, validated at startup by the attributes of its properties.
        /// </summary>
        public OptionsBuilder<T> AddSettings<T>(string section)
            where T : class
        {
            services.AddSingleton<IValidateOptions<T>>(new Rules<T>(section));
            services.AddSingleton(new SettingsSection(typeof(T), section));
            return services.AddOptions<T>().BindConfiguration(section).ValidateOnStart();
        }
    }

    extension(WebApplication app)
    {
        /// <summary>Prints the invalid settings. False when the portal cannot start with them.</summary>
        public async Task<bool> CheckSettingsAsync()
        {
            try
            {
                app.Services.GetService<IStartupValidator>()?.Validate();
                return true;
            }
            catch (Exception error) when (SentencesOf(error) is { } sentences)
            {
                await Console.Error.WriteLineAsync(sentences);
                return false;
            }
        }
    }

    /// <summary>What the operator has to fix, one sentence per line; null when settings are not the cause.</summary>
    public static string? SentencesOf(Exception error) =>
        error switch
        {
            OptionsValidationException wrong => string.Join('\n', wrong.Failures.Distinct()),
            AggregateException { InnerExceptions: { Count: > 0 } all }
                when all.All(one => SentencesOf(one) is not null) => string.Join(
                '\n',
                all.Select(one => SentencesOf(one)!).SelectMany(text => text.Split('\n')).Distinct()
            ),
            CannotStartException told => told.Message,
            IOException { InnerException: AddressInUseException } =>
                $"Urls, or the ports of Portal:Sample: another program listens there already. {error.Message}",
            InvalidOperationException when Unreadable().Match(error.Message) is { Success: true } setting =>
                $"{setting.Groups[1].Value} has a value that cannot be read: it must be {Kind(setting.Groups[2].Value)}.",
            _ => null,
        };

    private static string Kind(string type) =>
        type switch
        {
            "System.Int32" or "System.Int64" => "a whole number",
            "System.Double" => "a number such as 0.5",
            "System.Boolean" => "true or false",
            "System.TimeSpan" => "a time such as 00:00:30",
            "System.Uri" => "an address such as https://chat.example.com",
            _ when typeof(Settings).Assembly.GetType(type) is { IsEnum: true } choices =>
                $"one of {string.Join(", ", Enum.GetNames(choices))}",
            _ => type[(type.LastIndexOfAny(['.', '+']) + 1)..],
        };

    [GeneratedRegex(
        "Failed to convert configuration value (?:'.*' )?at '([^']+)' to type '([^']+)'",
        RegexOptions.Singleline
    )]
    private static partial Regex Unreadable();

    private sealed class Rules<T>(string section) : IValidateOptions<T>
        where T : class
    {
        public ValidateOptionsResult Validate(string? name, T options)
        {
            var wrong = typeof(T)
                .GetProperties()
                .Where(setting => setting.CanWrite)
                .SelectMany(setting => Wrong(setting, options))
                .ToList();
            if (wrong.Count == 0 && options is IValidatableObject itself)
            {
                wrong.AddRange(itself.Validate(new ValidationContext(options)).Select(result => result.ErrorMessage!));
            }

            return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
        }

        private IEnumerable<string> Wrong(PropertyInfo setting, T options)
        {
            var value = setting.GetValue(options);
            return setting
                .GetCustomAttributes<ValidationAttribute>()
                .Where(rule => !rule.IsValid(value))
                .Take(1)
                .Select(rule => Sentence($"{section}:{setting.Name}", rule));
        }

        private static string Sentence(string setting, ValidationAttribute rule) =>
            rule switch
            {
                { ErrorMessage: { Length: > 0 } own } => own.Contains(setting, StringComparison.Ordinal)
                    ? own
                    : $"{setting} {own}",
                RequiredAttribute => $"{setting} must be set.",
                RangeAttribute range => string.Create(
                    CultureInfo.InvariantCulture,
                    $"{setting} must be between {range.Minimum} and {range.Maximum}."
                ),
                StringLengthAttribute length => $"{setting} may have at most {length.MaximumLength} characters.",
                _ => rule.FormatErrorMessage(setting),
            };
    }
}
