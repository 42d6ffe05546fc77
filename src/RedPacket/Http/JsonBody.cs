using System.Text.Json;

namespace RedPacket.Http;

/// <summary>The small bodies of the operators' calls, read strictly: a JSON object with known members, at most 8 KB.</summary>
internal static class JsonBody
{
    private const int Longest = 8 * 1024;
    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <summary>Reads the body. Exactly one of the two is returned.</summary>
    public static async Task<(JsonElement? Body, Problem? Refusal)> Read(HttpRequest request, params string[] members)
    {
        if (!request.HasJsonContentType())
            return (null, new Problem(415, "media_type_unsupported", "Send the body as application/json."));
        using var body = new MemoryStream();
        var buffer = new byte[Longest];
        for (int read; (read = await request.Body.ReadAsync(buffer)) > 0;)
        {
            body.Write(buffer, 0, read);
            if (body.Length > Longest)
                return (null, new Problem(413, "body_too_large", $"The body may have {Longest} bytes."));
        }
        return Parse(body.ToArray(), members);
    }

    private static (JsonElement?, Problem?) Parse(byte[] body, string[] members)
    {
        try
        {
            using var document = JsonDocument.Parse(body, s_strict);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return (null, Invalid("The body has to be a JSON object."));
            if (document.RootElement.EnumerateObject().Any(member => !members.Contains(member.Name)))
                return (null, new Problem(400, "unknown_field", $"The body may hold {string.Join(", ", members)}, and nothing else."));
            return (document.RootElement.Clone(), null);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The second is what the search for duplicate names throws when one holds an escaped lone surrogate.
            return (null, Invalid($"The body is not valid JSON: {exception.Message}"));
        }
    }

    /// <summary>A member that is true or false; false in <c>ok</c> when it is something else.</summary>
    public static bool Flag(this JsonElement body, string name, bool standard, out bool ok)
    {
        ok = !body.TryGetProperty(name, out var value) || value.ValueKind is JsonValueKind.True or JsonValueKind.False;
        return ok && value.ValueKind != JsonValueKind.Undefined ? value.GetBoolean() : standard;
    }

    public static Problem Invalid(string detail) => new(400, "invalid_json", detail);
}
