using System.Text.Json.Serialization;
using RedPacket.Http;

namespace RedPacket.Reports;

[JsonSerializable(typeof(ConsistencyReport))]
[JsonSerializable(typeof(PastReports))]
internal sealed partial class ReportsJson : JsonSerializerContext
{
    public static readonly ReportsJson Readable = new(ReadableJson.Options());
}
