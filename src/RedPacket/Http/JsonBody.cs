using System.Text.Json;

namespace RedPacket.Http;

/// <summary>
/// Reads JSON bodies strictly: an object that has known members only, each of them once. Their length is limited at the edge (<see
/// cref="LimitedBody"/>).
/// </summary>
internal static class JsonBody
{
    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <summary>Reads the body. Exactly one of the two is returned.</summary>
    public static async Task<(JsonElement? Body, Problem? Refusal)> Read(HttpRequest request, params string[] members)
    {
        if (!request.HasJsonContentType())
            return (null, EdgeProblems.ForStatus(StatusCodes.Status415UnsupportedMediaType));
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        return Parse(body.ToArray(), members);
    }

    /// <summary>The same for bytes that have been read.</summary>
    public static (JsonElement? Body, Problem? Refusal) Parse(ReadOnlyMemory<byte> body, params string[] members)
    {
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
            // The search for duplicate names throws InvalidOperationException when a name holds an escaped lone surrogate.
            return (null, Invalid($"The body is not valid JSON: {exception.Message}"));
        }
    }

    /// <summary>
    /// A member that is true or false, or the standard where there is none; false in <c>ok</c> when it is something else.
    /// </summary>
    public static bool Flag(this JsonElement body, string name, bool standard, out bool ok)
    {
        ok = !body.TryGetProperty(name, out var value) || value.ValueKind is JsonValueKind.True or JsonValueKind.False;
        return ok && value.ValueKind != JsonValueKind.Undefined ? value.GetBoolean() : standard;
    }

    /// <summary>A whole number, or the standard where there is none; false when it is something else or outside its limits.</summary>
    public static bool TryInteger(this JsonElement body, string name, int min, int max, int standard, out int number)
    {
        number = standard;
        return !body.TryGetProperty(name, out var value)
            || (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out number) && number >= min && number <= max);
    }

    public static Problem Invalid(string detail) => new(400, "invalid_json", detail);
}
