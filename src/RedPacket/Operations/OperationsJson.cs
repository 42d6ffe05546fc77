using System.Text.Json.Serialization;
using RedPacket.Http;

namespace RedPacket.Operations;

[JsonSerializable(typeof(Liveness))]
[JsonSerializable(typeof(Readiness))]
[JsonSerializable(typeof(ServiceInfo))]
[JsonSerializable(typeof(LiveNumbers))]
[JsonSerializable(typeof(HouseAnswer))]
internal sealed partial class OperationsJson : JsonSerializerContext
{
    public static readonly OperationsJson Readable = new(ReadableJson.Options());
}
