using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.WebUtilities;

namespace RedPacket.Http;

/// <summary>
/// A refusal as RFC 9457 has it, <c>application/problem+json</c>, with a stable <c>code</c> for programs.
/// Never a stack trace. src/API.md lists every code.
/// </summary>
internal sealed class Problem(int status, string code, string detail, TimeSpan? retryAfter = null) : IResult
{
    /// <summary>The HTTP status.</summary>
    public int Status => status;

    /// <summary>The stable code, for example <c>packet_unknown</c>.</summary>
    public string Code => code;

    /// <summary>The sentence for people.</summary>
    public string Detail => detail;

    /// <summary>The problem that the context's answer is; null for another answer.</summary>
    public static Problem? SentBy(HttpContext context) =>
        context.Items.TryGetValue(typeof(Problem), out var sent) ? (Problem?)sent : null;

    /// <summary>The id by which an answer, its log line and its trace are found.</summary>
    public static string TraceOf(HttpContext context) => Activity.Current?.Id ?? context.TraceIdentifier;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        httpContext.Items[typeof(Problem)] = this;
        httpContext.Response.StatusCode = status;
        if (retryAfter is { } pause)
            httpContext.Response.Headers.RetryAfter = ((long)Math.Ceiling(pause.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        var body = new ProblemBody("about:blank", ReasonPhrases.GetReasonPhrase(status), status, detail, code,
            TraceOf(httpContext));
        await httpContext.Response.WriteAsJsonAsync(
            body, ProblemJson.Readable.ProblemBody, "application/problem+json", CancellationToken.None);
    }
}

/// <summary>The members of a problem, in the order in which they are written.</summary>
internal sealed record ProblemBody(string Type, string Title, int Status, string Detail, string Code, string TraceId);

[JsonSerializable(typeof(ProblemBody))]
internal sealed partial class ProblemJson : JsonSerializerContext
{
    public static readonly ProblemJson Readable = new(ReadableJson.Options());
}
