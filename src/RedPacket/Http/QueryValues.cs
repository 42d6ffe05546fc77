using System.Globalization;

namespace RedPacket.Http;

/// <summary>
/// Reads query parameters; the first bad value is the refusal. <see cref="QueryCheck"/> has refused unknown names.
/// </summary>
internal sealed class QueryValues(IQueryCollection query)
{
    /// <summary>The longest page of any list, and the usual one.</summary>
    public const int PageLimit = 100;

    /// <summary>Null as long as everything read was good.</summary>
    public Problem? Refusal { get; private set; }

    /// <summary>The value, given once and not empty; null when absent.</summary>
    public string? Text(string name)
    {
        if (!query.TryGetValue(name, out var values))
            return null;
        if (values is [{ Length: > 0 } value])
            return value;
        return Refuse<string>(name, "given once, with a value");
    }

    public long? Number(string name, long min, long max)
    {
        if (Text(name) is not { } text)
            return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : Refuse<long?>(name, Expected.WholeNumber(min, max));
    }

    /// <summary>A day, which begins at midnight UTC, or a time with its zone.</summary>
    public DateTimeOffset? Time(string name) => Text(name) is not { } text ? null
        : WireTime.Read(text)
            ?? Refuse<DateTimeOffset?>(name, "a day such as 2026-01-31, or a time such as 2026-01-31T08:00:00Z (with + as %2B)");

    /// <summary>The length of a page: <c>limit</c>.</summary>
    public int Limit() => (int?)Number("limit", 1, PageLimit) ?? PageLimit;

    public bool Flag(string name) => OneOf(name, "true", "false") == "true";

    public string? OneOf(string name, params string[] words) =>
        Text(name) is { } text && !words.Contains(text) ? Refuse<string>(name, string.Join(" or ", words)) : Text(name);

    public void Refuse(Problem refusal) => Refusal ??= refusal;

    private T? Refuse<T>(string name, string expected)
    {
        var detail = Expected.Text($"The query parameter {name}", expected, query[name].ToString());
        Refusal ??= name switch
        {
            "after" or "limit" => new Problem(400, "page_invalid", detail),
            "format" => new Problem(400, "format_invalid", detail),
            "state" => new Problem(400, "state_invalid", detail),
            _ => new Problem(400, "query_invalid", detail),
        };
        return default;
    }
}
