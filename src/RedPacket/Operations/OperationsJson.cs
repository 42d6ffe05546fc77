using System.Text.Json.Serialization;
using RedPacket.Http;

namespace RedPacket.Operations;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(WireTime)])]
[JsonSerializable(typeof(Liveness))]
[JsonSerializable(typeof(Readiness))]
[JsonSerializable(typeof(ServiceInfo))]
[JsonSerializable(typeof(LiveNumbers))]
internal sealed partial class OperationsJson : JsonSerializerContext;
