using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text;
using System.Text.Json;
using RedPacket.Comparison;

namespace RedPacket.Reports.Commands;

/// <summary>
/// <c>RedPacket report</c> prints the report of a running service, and <c>RedPacket report diff</c> what changed between two of
/// its reports. The exit code is 0, 10 or 20 for CONSISTENT, CONVERGING or INCONSISTENT, and 1 without an answer.
/// </summary>
public static class ReportCommand
{
    private const int Failed = 1;

    private const string ExitCodes = """
        Exit codes:
          0   CONSISTENT
          10  CONVERGING
          20  INCONSISTENT
          1   no report: the command line is wrong, or the service cannot be reached or refuses
        """;

    private static readonly TimeSpan s_betweenReports = TimeSpan.FromMilliseconds(500);

    /// <summary>The command, for the program's root command.</summary>
    public static Command Create()
    {
        var format = Format("table", "json", "csv");
        var packet = new Option<string?>("--packet") { Description = "Only this packet, with its claims." };
        var full = new Option<bool>("--full") { Description = "Recompute all totals from the first row." };
        var asOf = new Option<string?>("--as-of")
        {
            Description = "Not computed now: the last report that the service kept by this time, for example 2026-01-31T08:00:00Z.",
        };
        var wait = new Option<int>("--wait") { Description = "Ask again for so many seconds until it is CONSISTENT." };
        wait.Validators.Add(result =>
            Check(result, result.GetValueOrDefault<int>() is >= 0 and <= 86_400, "--wait takes 0 to 86400 seconds."));
        var command = new Command("report", $"Print the consistency report of a running service.\n\n{ExitCodes}")
        {
            format, packet, full, asOf, wait,
        };
        command.Validators.Add(result => Check(result,
            result.GetValue(asOf) is null || (result.GetValue(packet) is null && !result.GetValue(full) && result.GetValue(wait) == 0),
            "--as-of takes --format only: a report that was kept is about everything, and does not change."));
        var service = ServiceCall.AddOptions(command);
        command.Subcommands.Add(Diff(service));
        command.SetAction((parsed, cancellation) =>
        {
            var form = parsed.GetRequiredValue(format);
            var query = Query(("format", form == "csv" ? "csv" : "json"), ("packetId", parsed.GetValue(packet)),
                ("full", parsed.GetValue(full) ? "true" : null), ("asOf", parsed.GetValue(asOf)));
            return Run(service(parsed), new Question($"/api/v1/consistency{query}", form, parsed.GetValue(wait), Report),
                parsed.InvocationConfiguration, cancellation);
        });
        return command;
    }

    private static Command Diff(Func<ParseResult, ServiceCall> service)
    {
        var format = Format("table", "json");
        var from = new Option<string>("--from")
        {
            Description = "The earlier report: the last that the service kept by this time, for example 2026-01-31T08:00:00Z.",
            Required = true,
        };
        var to = new Option<string?>("--to")
        {
            Description = "The later report: the last that the service kept by this time. Without it a report is computed now.",
        };
        var command = new Command(
            "diff", $"Print what changed between two reports. The exit code is the verdict of the later one.\n\n{ExitCodes}")
        {
            from, to, format,
        };
        command.SetAction((parsed, cancellation) => Run(
            service(parsed),
            new Question($"/api/v1/consistency/diff{Query(("from", parsed.GetValue(from)), ("to", parsed.GetValue(to)))}",
                parsed.GetRequiredValue(format), 0, Difference),
            parsed.InvocationConfiguration, cancellation));
        return command;
    }

    /// <summary>What is asked, and how the answer is printed.</summary>
    /// <param name="Address">Below the service, with its query.</param>
    /// <param name="Format">table, json or csv. A table is made of the JSON.</param>
    /// <param name="Wait">For how many seconds it is asked again.</param>
    /// <param name="Table">Makes the table, with or without colour.</param>
    private sealed record Question(string Address, string Format, int Wait, Func<string, bool, string> Table);

    private static Option<string> Format(params string[] formats)
    {
        var format = new Option<string>("--format")
        {
            Description = $"{string.Join(", ", formats[..^1])} or {formats[^1]}.",
            DefaultValueFactory = _ => formats[0],
        };
        return format.AcceptOnlyFromAmong(formats);
    }

    private static void Check(SymbolResult result, bool good, string message)
    {
        if (!good)
            result.AddError(message);
    }

    private static string Query(params (string Name, string? Value)[] parameters) => string.Join('&', parameters
        .Where(parameter => parameter.Value is not null)
        .Select(parameter => $"{parameter.Name}={Uri.EscapeDataString(parameter.Value!)}")) is { Length: > 0 } query ? $"?{query}" : "";

    private static async Task<int> Run(
        ServiceCall service, Question asked, InvocationConfiguration streams, CancellationToken cancellation)
    {
        using var held = service;
        var clock = TimeProvider.System;
        var started = clock.GetTimestamp();
        while (true)
        {
            var (answer, failure) = await service.Ask(asked.Address, cancellation);
            using var heldAnswer = answer;
            var over = clock.GetElapsedTime(started) >= TimeSpan.FromSeconds(asked.Wait);
            if (failure is not null && over)
            {
                await streams.Error.WriteLineAsync(failure);
                return Failed;
            }
            if (answer is not null && ServiceCall.VerdictOf(answer) is { } verdict && (over || verdict == Verdict.Consistent))
                return await Print(answer, asked, streams, cancellation) ? Verdict.ExitCode(verdict) : Failed;
            await Task.Delay(s_betweenReports, clock, cancellation);
        }
    }

    // A report may be longer than memory. It is passed on as it comes, with the byte order mark that a spreadsheet
    // needs.
    private static async Task<bool> Print(
        HttpResponseMessage answer, Question asked, InvocationConfiguration streams, CancellationToken cancellation)
    {
        try
        {
            using var text = new StreamReader(
                await answer.Content.ReadAsStreamAsync(cancellation), new UTF8Encoding(false), detectEncodingFromByteOrderMarks: false);
            if (asked.Format == "table")
            {
                var colour = !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
                await streams.Output.WriteAsync(ServiceCall.Shown(asked.Table(await text.ReadToEndAsync(cancellation), colour)));
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

    private static string Report(string json, bool colour) =>
        ReportTable.Write(JsonSerializer.Deserialize(json, ReportsJson.Readable.ConsistencyReport)!, colour);

    private static string Difference(string json, bool colour) =>
        DiffTable.Write(JsonSerializer.Deserialize(json, ReportsJson.Readable.ReportDiff)!, colour);
}
