using System.Text;
using System.Text.Json;
using RedPacket.Http.Limits;

namespace RedPacket.Http;

/// <summary>
/// Reads JSON bodies strictly: an object that has known members only, each of them once. Their length is limited at the
/// edge (<see cref="LimitedBody"/>).
/// </summary>
internal static class JsonBody
{
    private const int LongestReason = 200;
    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <summary>Reads the body. Exactly one of the two is returned.</summary>
    public static async Task<(JsonElement? Body, Problem? Refusal)> Read(HttpRequest request, params string[] members)
    {
        if (!request.HasJsonContentType())
            return (null, EdgeProblems.ForStatus(StatusCodes.Status415UnsupportedMediaType));
        if (request.GetTypedHeaders().ContentType?.Charset.Value?.Trim('"') is { Length: > 0 } charset
            && !charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase))
            return (null, new Problem(415, "media_type_unsupported", $"Send JSON in UTF-8; the charset was {charset}."));
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        return Parse(body.ToArray(), members);
    }

    /// <summary>The same for bytes that have been read.</summary>
    public static (JsonElement? Body, Problem? Refusal) Parse(ReadOnlyMemory<byte> body, params string[] members)
    {
        // Some clients of Windows write a byte order mark. RFC 8259 allows to ignore it.
        if (body.Span.StartsWith(Encoding.UTF8.Preamble))
            body = body[Encoding.UTF8.Preamble.Length..];
        if (IsUtf16(body.Span))
            return (null, Invalid("The body is UTF-16. Send JSON in UTF-8."));
        try
        {
            using var document = JsonDocument.Parse(body, s_strict);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return (null, Invalid("The body must be a JSON object."));
            if (document.RootElement.EnumerateObject().Any(member => !members.Contains(member.Name)))
                return (null, new Problem(400, "unknown_field", $"The body may hold {string.Join(", ", members)}, and nothing else."));
            return (document.RootElement.Clone(), null);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The search for duplicate names throws InvalidOperationException when a name holds an escaped lone
            // surrogate.
            return (null, Invalid($"The body is not valid JSON: {exception.Message}"));
        }
    }

    /// <summary>
    /// A member that is true or false, or the standard where there is none; false in <c>ok</c> when it is something
    /// else.
    /// </summary>
    public static bool Flag(this JsonElement body, string name, bool standard, out bool ok)
    {
        ok = !body.TryGetProperty(name, out var value) || value.ValueKind is JsonValueKind.True or JsonValueKind.False;
        return ok && value.ValueKind != JsonValueKind.Undefined ? value.GetBoolean() : standard;
    }

    /// <summary>
    /// A whole number, or the standard where there is none; false when it is something else or outside its limits.
    /// </summary>
    public static bool TryInteger(this JsonElement body, string name, int min, int max, int standard, out int number)
    {
        number = standard;
        return !body.TryGetProperty(name, out var value)
            || (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out number) && number >= min && number <= max);
    }

    /// <summary>A whole number from 0. False when it is missing, something else or larger.</summary>
    public static bool TryNumber(this JsonElement body, string name, long max, out long number)
    {
        number = 0;
        return body.TryGetProperty(name, out var value)
            && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out number) && number >= 0 && number <= max;
    }

    /// <summary>Why somebody did something: a line of text, trimmed. False when it is missing or something else.</summary>
    public static bool TryReason(this JsonElement body, string name, out string reason)
    {
        var text = body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        reason = text.Trim();
        return reason.Length is > 0 and <= LongestReason
            && !text.Any(character => char.IsControl(character) || char.IsSurrogate(character));
    }

    public static Problem ReasonInvalid =>
        new(400, "reason_invalid", $"reason must be 1 to {LongestReason} characters that can be seen, in one line.");

    /// <summary>An array of whole numbers; empty where there is none. False when it is something else.</summary>
    public static bool TryIds(JsonElement list, out List<long> ids)
    {
        ids = [];
        if (list.ValueKind == JsonValueKind.Undefined)
            return true;
        if (list.ValueKind != JsonValueKind.Array)
            return false;
        foreach (var id in list.EnumerateArray())
        {
            if (id.ValueKind != JsonValueKind.Number || !id.TryGetInt64(out var number))
                return false;
            ids.Add(number);
        }
        return true;
    }

    // By its mark, or because JSON begins with an ASCII character: in UTF-16 one of its two bytes is 0.
    private static bool IsUtf16(ReadOnlySpan<byte> body) =>
        body.StartsWith(Encoding.Unicode.Preamble) || body.StartsWith(Encoding.BigEndianUnicode.Preamble)
        || (body.Length >= 2 && (body[0] == 0) != (body[1] == 0));

    public static Problem Invalid(string detail) => new(400, "invalid_json", detail);
}
