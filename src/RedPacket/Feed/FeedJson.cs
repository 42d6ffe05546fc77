using System.Text.Json.Serialization;
using RedPacket.Http;

namespace RedPacket.Feed;

[JsonSerializable(typeof(FeedPage))]
internal sealed partial class FeedJson : JsonSerializerContext
{
    public static readonly FeedJson Readable = new(ReadableJson.Options());
}
