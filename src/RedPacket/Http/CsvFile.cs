using System.Globalization;
using System.Text;

namespace RedPacket.Http;

/// <summary>
/// A file of comma-separated values (RFC 4180), sent while it is written. It begins with a byte order mark, without
/// which spreadsheets take the text for another encoding. Its last line is <c>end</c> with the number of lines before
/// it: a file without that line is cut.
/// </summary>
/// <param name="name">The name of the file without its time and extension.</param>
/// <param name="columns">The header: names of the columns, with commas.</param>
/// <param name="write">Writes the lines, and calls <see cref="CsvLines.Send"/> from time to time.</param>
internal sealed class CsvFile(string name, string columns, DateTimeOffset now, Func<CsvLines, CancellationToken, Task> write) : IResult
{
    public const string MediaType = "text/csv";

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = $"{MediaType}; charset=utf-8";
        response.Headers.ContentDisposition = $"attachment; filename=\"{name}-{WireTime.FileStamp(now)}.csv\"";
        if (EdgeMiddleware.IsForHead(httpContext))
            return;
        var lines = new CsvLines(columns, response.Body);
        try
        {
            await write(lines, httpContext.RequestAborted);
            await lines.End(httpContext.RequestAborted);
        }
        catch when (!response.HasStarted)
        {
            // The answer will be a problem, not a file.
            response.Headers.ContentDisposition = default;
            throw;
        }
    }
}

/// <summary>Writes the lines of a <see cref="CsvFile"/>.</summary>
internal sealed class CsvLines
{
    private readonly StringBuilder _text = new("\uFEFF");
    private readonly Stream _body;
    private readonly int _columns;
    private long _count;

    public CsvLines(string columns, Stream body)
    {
        _body = body;
        _columns = columns.AsSpan().Count(',') + 1;
        _text.Append(columns).Append("\r\n");
    }

    /// <summary>
    /// Adds a line of numbers, texts and times. Null is an empty field, and so are columns beyond the given fields.
    /// </summary>
    public void Add(params ReadOnlySpan<object?> fields)
    {
        for (var i = 0; i < _columns; i++)
            _text.Append(i == 0 ? "" : ",").Append(Field(i < fields.Length ? fields[i] : null));
        _text.Append("\r\n");
        _count++;
    }

    /// <summary>Sends what was added.</summary>
    public async Task Send(CancellationToken cancellation)
    {
        await _body.WriteAsync(Encoding.UTF8.GetBytes(_text.ToString()), cancellation);
        await _body.FlushAsync(cancellation);
        _text.Clear();
    }

    /// <summary>Sends the rest, and the line that says that nothing is missing.</summary>
    public Task End(CancellationToken cancellation)
    {
        Add("end", _count);
        return Send(cancellation);
    }

    private static string Field(object? value) => value switch
    {
        null => "",
        DateTimeOffset time => WireTime.Text(time),
        string text => Quoted(Harmless(text)),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    // A spreadsheet would run the first for a formula, and round or rewrite the second: a user may be called
    // "+cmd|...", or be a number of 18 digits. The apostrophe makes it text.
    private static string Harmless(string text) =>
        text is ['=' or '+' or '-' or '@' or '|' or '\t' or '\r', ..] || IsLikeANumber(text) ? "'" + text : text;

    private static bool IsLikeANumber(string text) =>
        text is [>= '0' and <= '9' or '.', ..] && text.All(character => char.IsAsciiDigit(character) || "eE+-.,:/ ".Contains(character));

    private static string Quoted(string text) => text.AsSpan().ContainsAny(",\"\r\n")
        ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
        : text;
}
