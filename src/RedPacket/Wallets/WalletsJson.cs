using System.Text.Json.Serialization;
using RedPacket.Http;

namespace RedPacket.Wallets;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(WireTime)])]
[JsonSerializable(typeof(WalletAnswer))]
[JsonSerializable(typeof(StatementPage))]
internal sealed partial class WalletsJson : JsonSerializerContext;
