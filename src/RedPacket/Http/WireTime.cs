using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace RedPacket.Http;

/// <summary>Times on the wire: RFC 3339, UTC, always three digits of milliseconds.</summary>
internal sealed class WireTime : JsonConverter<DateTimeOffset>
{
    private const string Form = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>The same text for JSON, CSV, HTML and the terminal.</summary>
    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString(Form, CultureInfo.InvariantCulture);

    /// <param name="milliseconds">Since 1970.</param>
    public static string Text(long milliseconds) => Text(DateTimeOffset.FromUnixTimeMilliseconds(milliseconds));

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Text(value));
}
