using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using RedPacket.Comparison;

namespace RedPacket.Reports;

/// <summary>
/// <c>RedPacket report --url http://localhost:5080 [--token T] [--format table|json|csv] [--packet P] [--full] [--wait
/// seconds]</c>: prints the report of a running service. The exit code is 0, 10 or 20 for CONSISTENT, CONVERGING or
/// INCONSISTENT, and 1 without a report.
/// </summary>
public static partial class ReportCommand
{
    private const string TokenVariable = "REDPACKET_TOKEN";
    private const int Failed = 1;
    private static readonly TimeSpan s_betweenReports = TimeSpan.FromMilliseconds(500);

    /// <summary>The command, for the program's root command.</summary>
    public static Command Create()
    {
        var url = new Option<Uri>("--url")
        {
            Description = "Where the service is.",
            DefaultValueFactory = _ => new Uri("http://localhost:5080"),
            CustomParser = Url,
        };
        var token = new Option<string?>("--token")
        {
            Description = $"A bearer token of an operator (the command token mints one). Other users of this machine see it in the list of "
                + $"processes; {TokenVariable} in the environment they do not.",
            DefaultValueFactory = _ => Environment.GetEnvironmentVariable(TokenVariable),
        };
        var header = new Option<string[]>("--header")
        {
            Description = "A request header, as \"Name: value\"; may be repeated. The demo takes its identities so.",
        };
        var format = new Option<string>("--format") { Description = "table, json or csv.", DefaultValueFactory = _ => "table" };
        format.AcceptOnlyFromAmong("table", "json", "csv");
        var packet = new Option<string?>("--packet") { Description = "Only this packet, with its claims." };
        var full = new Option<bool>("--full") { Description = "Recompute all totals from the first row." };
        var wait = new Option<int>("--wait") { Description = "Ask again for so many seconds until it is CONSISTENT." };
        wait.Validators.Add(result =>
            Check(result, result.GetValueOrDefault<int>() is >= 0 and <= 86_400, "--wait takes 0 to 86400 seconds."));
        header.Validators.Add(result =>
            Check(result, result.Tokens.All(one => one.Value.IndexOf(':') > 0), "--header takes \"Name: value\"."));
        var command = new Command("report", """
            Print the consistency report of a running service.

            Exit codes:
              0   CONSISTENT
              10  CONVERGING
              20  INCONSISTENT
              1   no report: the command line is wrong, or the service cannot be reached or refuses
            """)
        {
            url, token, header, format, packet, full, wait,
        };
        command.SetAction((parsed, cancellation) => Run(
            new ReportArguments(
                parsed.GetRequiredValue(url), parsed.GetValue(token), parsed.GetValue(header) ?? [], parsed.GetRequiredValue(format),
                parsed.GetValue(packet), parsed.GetValue(full), parsed.GetValue(wait)),
            TimeProvider.System, parsed.InvocationConfiguration, cancellation));
        return command;
    }

    private sealed record ReportArguments(Uri Url, string? Token, string[] Headers, string Format, string? Packet,
        bool Full, int Wait)
    {
        public Uri Report => new(Url.AbsoluteUri.TrimEnd('/') + string.Create(CultureInfo.InvariantCulture,
            $"/api/v1/consistency?format={(Format == "csv" ? "csv" : "json")}"
            + $"{(Packet is null ? "" : $"&packetId={Uri.EscapeDataString(Packet)}")}{(Full ? "&full=true" : "")}"));
    }

    private static Uri? Url(System.CommandLine.Parsing.ArgumentResult result)
    {
        if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var url) && url is { Scheme: "http" or "https", Query: "" })
            return url;
        result.AddError("--url takes an address such as http://localhost:5080.");
        return null;
    }

    private static void Check(System.CommandLine.Parsing.SymbolResult result, bool good, string message)
    {
        if (!good)
            result.AddError(message);
    }

    private static async Task<int> Run(
        ReportArguments asked, TimeProvider clock, InvocationConfiguration streams, CancellationToken cancellation)
    {
        using var http = Client(asked);
        var started = clock.GetTimestamp();
        while (true)
        {
            var (answer, failure) = await Ask(http, asked, cancellation);
            using var held = answer;
            var over = clock.GetElapsedTime(started) >= TimeSpan.FromSeconds(asked.Wait);
            if (failure is not null && over)
            {
                await streams.Error.WriteLineAsync(failure);
                return Failed;
            }
            if (answer is not null && VerdictOf(answer) is { } verdict && (over || verdict == Verdict.Consistent))
                return await Print(answer, asked, streams, cancellation) ? Verdict.ExitCode(verdict) : Failed;
            await Task.Delay(s_betweenReports, clock, cancellation);
        }
    }

    private static HttpClient Client(ReportArguments asked)
    {
        // A redirect could lead the headers to another host.
        var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = TimeSpan.FromMinutes(10) };
        if (asked.Token is not null)
            http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Bearer {asked.Token}");
        foreach (var header in asked.Headers)
        {
            var colon = header.IndexOf(':');
            http.DefaultRequestHeaders.TryAddWithoutValidation(header[..colon].Trim(), header[(colon + 1)..].Trim());
        }
        return http;
    }

    private static string? VerdictOf(HttpResponseMessage answer) =>
        answer.Headers.TryGetValues(Verdict.Header, out var verdict) ? verdict.First() : null;

    // A report may be longer than memory. It is passed on as it comes, with the byte order mark that a spreadsheet
    // needs.
    private static async Task<bool> Print(
        HttpResponseMessage answer, ReportArguments asked, InvocationConfiguration streams, CancellationToken cancellation)
    {
        try
        {
            using var text = new StreamReader(
                await answer.Content.ReadAsStreamAsync(cancellation), new UTF8Encoding(false), detectEncodingFromByteOrderMarks: false);
            if (asked.Format == "table")
            {
                await streams.Output.WriteAsync(Table(await text.ReadToEndAsync(cancellation)));
                return true;
            }
            var part = new char[4096];
            for (int length; (length = await text.ReadAsync(part, cancellation)) > 0;)
                await streams.Output.WriteAsync(part.AsMemory(0, length), cancellation);
            if (asked.Format == "json")
                await streams.Output.WriteLineAsync();
            return true;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            await streams.Error.WriteLineAsync($"The report broke off: {exception.Message} Ask again.");
            return false;
        }
    }

    private static async Task<(HttpResponseMessage? Answer, string? Failure)> Ask(
        HttpClient http, ReportArguments asked, CancellationToken cancellation)
    {
        try
        {
            var answer = await http.GetAsync(asked.Report, HttpCompletionOption.ResponseHeadersRead, cancellation);
            if (answer.StatusCode == HttpStatusCode.OK && VerdictOf(answer) is not null)
                return (answer, null);
            using var refused = answer;
            return (null, answer.StatusCode == HttpStatusCode.OK
                ? $"{asked.Url} answered, but not with a consistency report. Is it a RedPacket service?"
                : Refusal(asked, answer.StatusCode, await answer.Content.ReadAsStringAsync(cancellation)));
        }
        catch (HttpRequestException exception)
        {
            return (null, $"{asked.Url} cannot be reached: {exception.Message} Start the service, or pass --url.");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (null, $"{asked.Url} has not answered in {http.Timeout.TotalMinutes} minutes.");
        }
    }

    private static string Refusal(ReportArguments asked, HttpStatusCode status, string body)
    {
        var hint = status switch
        {
            HttpStatusCode.Unauthorized when asked.Token is not null =>
                "The token is not valid or has expired. The command token makes one for development.",
            HttpStatusCode.Unauthorized => "Pass --token with an operator's token, or the demo's identity by --header.",
            HttpStatusCode.Forbidden => "The report is for operators: the token needs the role operator.",
            HttpStatusCode.NotFound when asked.Packet is null =>
                $"--url takes the address of a service, not of a page; perhaps {asked.Url.GetLeftPart(UriPartial.Authority)}?",
            _ => Detail(body),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{asked.Url} refused the report ({(int)status}). {hint}");
    }

    private static string Detail(string body)
    {
        try
        {
            using var problem = JsonDocument.Parse(body);
            return problem.RootElement.TryGetProperty("detail", out var detail) ? Shown(detail.ToString()) : "";
        }
        catch (JsonException)
        {
            // A proxy's page, for example: its status has been said, and its text would not help.
            return "";
        }
    }

    /// <summary>A text from a service, for a terminal. A terminal obeys control characters; of these only colours stay.</summary>
    internal static string Shown(string text) => Commands().Replace(text, "?");

    [GeneratedRegex(@"\x1b(?!\[[0-9;]*m)|[\x00-\x09\x0b-\x1a\x1c-\x1f\x7f-\x9f]")]
    private static partial Regex Commands();

    private static string Table(string json)
    {
        var report = JsonSerializer.Deserialize(json, ReportsJson.Readable.ConsistencyReport)!;
        var colour = !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        return Shown(ReportTable.Write(report, colour));
    }
}
