using System.Text.Json.Serialization;
using RedPacket.Comparison;
using RedPacket.Http;

namespace RedPacket.Repairs;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(WireTime)])]
[JsonSerializable(typeof(RepairAnswer))]
[JsonSerializable(typeof(ParkedPage))]
[JsonSerializable(typeof(ParkedDetail))]
[JsonSerializable(typeof(ReplayAnswer))]
[JsonSerializable(typeof(CorrectionAnswer))]
internal sealed partial class RepairsJson : JsonSerializerContext;
