using System.Text.Encodings.Web;
using System.Text.Json;

namespace RedPacket.Http;

/// <summary>
/// How answers are written. Only what JSON itself demands is escaped, so that they are readable in a terminal. Answers
/// are <c>application/json</c> with <c>nosniff</c>: no browser takes them for markup.
/// </summary>
internal static class ReadableJson
{
    /// <summary>New each time, because a serializer context keeps its own.</summary>
    public static JsonSerializerOptions Options() => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new WireTime() },
    };
}
