using System.Text.Json.Serialization;
using RedPacket.Http;

namespace RedPacket.Reports;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(WireTime)])]
[JsonSerializable(typeof(ConsistencyReport))]
[JsonSerializable(typeof(PastReports))]
internal sealed partial class ReportsJson : JsonSerializerContext;
