using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Identity;
using Portal.Model;

namespace Scale;

/// <summary>What one page was asked, sorted, in milliseconds.</summary>
internal sealed record PageTimes(string Name, double[] Times);

/// <summary>Somebody who is signed in and opens page after page, and how long each response takes.</summary>
internal sealed partial class PageVisits(Uri portal) : IDisposable
{
    public const string Password = "an owner of this run";
    private const int Warming = 10;

    private readonly HttpClient _http = new(
        new SocketsHttpHandler { UseProxy = false, CookieContainer = new CookieContainer() }
    )
    {
        BaseAddress = portal,
        Timeout = TimeSpan.FromMinutes(30),
    };

    public HttpClient Http => _http;

    public static string PasswordHash => new PasswordHasher<User>().HashPassword(null!, Password);

    public async Task SignInAsync(string email)
    {
        var form = await _http.GetStringAsync(new Uri("/account/sign-in", UriKind.Relative));
        using var fields = new FormUrlEncodedContent([
            new("Input.Email", email),
            new("Input.Password", Password),
            new(
                "__RequestVerificationToken",
                Token().Match(form[form.IndexOf("id=\"password\"", StringComparison.Ordinal)..]).Groups[1].Value
            ),
        ]);
        using var signedIn = await _http.PostAsync(new Uri("/account/sign-in", UriKind.Relative), fields);
        if (
            !signedIn.IsSuccessStatusCode
            || signedIn.RequestMessage!.RequestUri!.AbsolutePath.StartsWith("/account", StringComparison.Ordinal)
        )
        {
            throw new InvalidOperationException(
                $"Signing in ended at {signedIn.RequestMessage?.RequestUri} with {signedIn.StatusCode}."
            );
        }
    }

    /// <summary>Every page in turn, round after round, each time the next of its paths.</summary>
    public async Task<List<PageTimes>> AskAsync(IReadOnlyList<(string Name, string[] Paths)> places, int rounds)
    {
        var times = places.Select(place => new PageTimes(place.Name, new double[rounds])).ToList();
        for (var round = -Warming; round < rounds; round++)
        {
            foreach (var ((_, paths), (name, took)) in places.Zip(times))
            {
                var path = paths[(round + Warming) % paths.Length];
                var began = Stopwatch.GetTimestamp();
                using var answer = await _http.GetAsync(new Uri(path, UriKind.Relative));
                var elapsed = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
                if (answer.StatusCode != HttpStatusCode.OK || answer.RequestMessage!.RequestUri!.PathAndQuery != path)
                {
                    throw new InvalidOperationException(
                        $"{name}: {path} answered {answer.StatusCode} at {answer.RequestMessage?.RequestUri}."
                    );
                }

                if (round >= 0)
                {
                    took[round] = elapsed;
                }
            }
        }

        times.ForEach(line => Array.Sort(line.Times));
        return times;
    }

    public void Dispose() => _http.Dispose();

    [GeneratedRegex("name=\"__RequestVerificationToken\"[^>]* value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
