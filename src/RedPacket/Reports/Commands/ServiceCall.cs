using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using RedPacket.Comparison;

namespace RedPacket.Reports.Commands;

/// <summary>
/// Where a running service is, and as whom a command asks it. An answer is one that has a verdict.
/// </summary>
internal sealed partial class ServiceCall : IDisposable
{
    private const string TokenVariable = "REDPACKET_TOKEN";
    private readonly Uri _url;
    private readonly bool _hasToken;

    // A redirect could lead the headers to another host.
    private readonly HttpClient _http =
        new(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = TimeSpan.FromMinutes(10) };

    private ServiceCall(Uri url, string? token, string[] headers)
    {
        (_url, _hasToken) = (url, token is not null);
        if (token is not null)
            _http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        foreach (var header in headers)
        {
            var colon = header.IndexOf(':');
            _http.DefaultRequestHeaders.TryAddWithoutValidation(header[..colon].Trim(), header[(colon + 1)..].Trim());
        }
    }

    /// <summary>Adds the options to a command and those below it. Returns how a call is read from them.</summary>
    public static Func<ParseResult, ServiceCall> AddOptions(Command command)
    {
        var url = new Option<Uri>("--url")
        {
            Description = "Where the service is.",
            DefaultValueFactory = _ => new Uri("http://localhost:5080"),
            CustomParser = Url,
            Recursive = true,
        };
        var token = new Option<string?>("--token")
        {
            Description = $"A bearer token of an operator (the command token mints one). Other users of this machine see it in the list of "
                + $"processes; {TokenVariable} in the environment they do not.",
            DefaultValueFactory = _ => Environment.GetEnvironmentVariable(TokenVariable),
            Recursive = true,
        };
        var header = new Option<string[]>("--header")
        {
            Description = "A request header, as \"Name: value\"; may be repeated. The demo takes its identities so.",
            Recursive = true,
        };
        header.Validators.Add(result =>
        {
            if (!result.Tokens.All(one => one.Value.IndexOf(':') > 0))
                result.AddError("--header takes \"Name: value\".");
        });
        foreach (var option in (Option[])[url, token, header])
            command.Options.Add(option);
        return parsed => new ServiceCall(parsed.GetRequiredValue(url), parsed.GetValue(token), parsed.GetValue(header) ?? []);
    }

    /// <summary>Asks. Exactly one of the two is returned: the answer, unread, or why there is none.</summary>
    /// <param name="address">The address below the service, with its query.</param>
    public async Task<(HttpResponseMessage? Answer, string? Failure)> Ask(string address, CancellationToken cancellation)
    {
        try
        {
            var answer = await _http.GetAsync(
                new Uri(_url.AbsoluteUri.TrimEnd('/') + address), HttpCompletionOption.ResponseHeadersRead, cancellation);
            if (answer.StatusCode == HttpStatusCode.OK && VerdictOf(answer) is not null)
                return (answer, null);
            using var refused = answer;
            return (null, answer.StatusCode == HttpStatusCode.OK
                ? $"{_url} answered, but not with a consistency report. Is it a RedPacket service?"
                : Refusal(answer.StatusCode, await answer.Content.ReadAsStringAsync(cancellation)));
        }
        catch (HttpRequestException exception)
        {
            return (null, $"{_url} cannot be reached: {exception.Message} Start the service, or pass --url.");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (null, $"{_url} has not answered in {_http.Timeout.TotalMinutes} minutes.");
        }
    }

    /// <summary>The verdict of an answer; null when it has none.</summary>
    public static string? VerdictOf(HttpResponseMessage answer) =>
        answer.Headers.TryGetValues(Verdict.Header, out var verdict) ? verdict.First() : null;

    /// <summary>A text from a service, for a terminal. A terminal obeys control characters; of these only colours stay.</summary>
    public static string Shown(string text) => Commands().Replace(text, "?");

    public void Dispose() => _http.Dispose();

    private static Uri? Url(ArgumentResult result)
    {
        if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var url) && url is { Scheme: "http" or "https", Query: "" })
            return url;
        result.AddError("--url takes an address such as http://localhost:5080.");
        return null;
    }

    private string Refusal(HttpStatusCode status, string body)
    {
        var hint = status switch
        {
            HttpStatusCode.Unauthorized when _hasToken =>
                "The token is not valid or has expired. The command token makes one for development.",
            HttpStatusCode.Unauthorized => "Pass --token with an operator's token, or the demo's identity by --header.",
            HttpStatusCode.Forbidden => "The report is for operators: the token needs the role operator.",
            HttpStatusCode.NotFound when Text(body, "code") is "" or "not_found" =>
                $"--url takes the address of a service, not of a page; perhaps {_url.GetLeftPart(UriPartial.Authority)}?",
            _ => Shown(Text(body, "detail")),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{_url} refused the report ({(int)status}). {hint}");
    }

    // A member of a problem. A body that is none is a proxy's page, for example, and its text would not help.
    private static string Text(string body, string name)
    {
        try
        {
            using var problem = JsonDocument.Parse(body);
            return problem.RootElement.ValueKind == JsonValueKind.Object && problem.RootElement.TryGetProperty(name, out var text)
                ? text.ToString()
                : "";
        }
        catch (JsonException)
        {
            return "";
        }
    }

    [GeneratedRegex(@"\x1b(?!\[[0-9;]*m)|[\x00-\x09\x0b-\x1a\x1c-\x1f\x7f-\x9f]")]
    private static partial Regex Commands();
}
