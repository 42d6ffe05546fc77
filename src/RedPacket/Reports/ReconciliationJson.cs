using RedPacket.Comparison;
using RedPacket.Repairs;
using RedPacket.Wallets;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace RedPacket.Reports;

/// <summary>All JSON of this room, generated at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(MillisecondTime)])]
[JsonSerializable(typeof(ConsistencyReport))]
[JsonSerializable(typeof(PastReports))]
[JsonSerializable(typeof(RepairAnswer))]
[JsonSerializable(typeof(ParkedPage))]
[JsonSerializable(typeof(ParkedDetail))]
[JsonSerializable(typeof(ReplayAnswer))]
[JsonSerializable(typeof(CorrectionAnswer))]
[JsonSerializable(typeof(WalletAnswer))]
[JsonSerializable(typeof(StatementPage))]
internal sealed partial class ReconciliationJson : JsonSerializerContext;

/// <summary>Times as RFC 3339 in UTC with milliseconds, always three digits.</summary>
internal sealed class MillisecondTime : JsonConverter<DateTimeOffset>
{
    private const string Form = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>The same text for JSON, CSV, HTML and the terminal.</summary>
    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString(Form, CultureInfo.InvariantCulture);

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(Text(value));
}
