using System.Text.Json.Serialization;
using RedPacket.Http;
using RedPacket.Ledger.Followers;

namespace RedPacket.Feed;

[JsonSerializable(typeof(FeedPage))]
[JsonSerializable(typeof(SubscriberAnswer))]
[JsonSerializable(typeof(SubscriberList))]
internal sealed partial class FeedJson : JsonSerializerContext
{
    public static readonly FeedJson Readable = new(ReadableJson.Options());
}
