using System.Text.Json.Serialization;
using RedPacket.Http;

namespace RedPacket.Wallets;

[JsonSerializable(typeof(WalletAnswer))]
[JsonSerializable(typeof(StatementPage))]
internal sealed partial class WalletsJson : JsonSerializerContext
{
    public static readonly WalletsJson Readable = new(ReadableJson.Options());
}
