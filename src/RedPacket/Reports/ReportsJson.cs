using System.Text.Json.Serialization;
using RedPacket.Http;
using RedPacket.Reports.Alerts;
using RedPacket.Reports.History;

namespace RedPacket.Reports;

[JsonSerializable(typeof(ConsistencyReport))]
[JsonSerializable(typeof(PastReport))]
[JsonSerializable(typeof(PastReports))]
[JsonSerializable(typeof(ReportDiff))]
[JsonSerializable(typeof(AlertList))]
[JsonSerializable(typeof(AlertAcknowledgement))]
internal sealed partial class ReportsJson : JsonSerializerContext
{
    public static readonly ReportsJson Readable = new(ReadableJson.Options());
}
