using System.Text.Json.Serialization;
using RedPacket.Comparison;
using RedPacket.Http;

namespace RedPacket.Repairs;

[JsonSerializable(typeof(RepairAnswer))]
[JsonSerializable(typeof(ParkedPage))]
[JsonSerializable(typeof(ParkedDetail))]
[JsonSerializable(typeof(ReplayAnswer))]
[JsonSerializable(typeof(CorrectionAnswer))]
[JsonSerializable(typeof(DismissalAnswer))]
[JsonSerializable(typeof(AcknowledgementAnswer))]
[JsonSerializable(typeof(ParkedGroupList))]
internal sealed partial class RepairsJson : JsonSerializerContext
{
    public static readonly RepairsJson Readable = new(ReadableJson.Options());
}
