using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace RedPacket.Http;

/// <summary>Times on the wire: RFC 3339, UTC, always three digits of milliseconds.</summary>
internal sealed class WireTime : JsonConverter<DateTimeOffset>
{
    /// <summary>The form of all times that the program writes, logs included.</summary>
    public const string Form = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    private const string Day = "yyyy-MM-dd";
    private static readonly string[] s_times = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    /// <summary>The same text for JSON, CSV, HTML and the terminal.</summary>
    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString(Form, CultureInfo.InvariantCulture);

    /// <param name="milliseconds">Since 1970.</param>
    public static string Text(long milliseconds) => Text(DateTimeOffset.FromUnixTimeMilliseconds(milliseconds));

    /// <summary>A time for the name of a file, to the second: no colon, and sorted by name is sorted by time.</summary>
    public static string FileStamp(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    /// <summary>Reads a day, which begins at midnight UTC, or a time with its zone; null for any other text.</summary>
    public static DateTimeOffset? Read(string text)
    {
        var hasZone = text.EndsWith('Z') || text is [.., '+' or '-', _, _, ':', _, _];
        string[] forms = hasZone ? s_times : [Day];
        return DateTimeOffset.TryParseExact(
            text, forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : null;
    }

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Text(value));
}
