using System.Globalization;
using System.Text.Json.Serialization;

namespace RedPacket.Peers;

/// <summary>The service's answer to a grab that won.</summary>
internal sealed record PeerWonAnswer(string PacketId, string UserId, string Outcome, long AmountFen, int Ordinal, string GrabbedAt)
{
    public static PeerWonAnswer Of(string packetId, string userId, Grant grant)
    {
        var time = DateTimeOffset.FromUnixTimeMilliseconds(grant.At).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        return new PeerWonAnswer(packetId, userId, "won", grant.Fen, grant.Ordinal, time);
    }
}

/// <summary>The service's answer to a grab that came too late.</summary>
internal sealed record PeerLateAnswer(string PacketId, string UserId, string Outcome);

/// <summary>The fields of a send that a peer needs.</summary>
internal sealed record PeerSend(long AmountFen, int Count, int ExpiresInSeconds);

internal sealed record PeerSent(string PacketId);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PeerWonAnswer))]
[JsonSerializable(typeof(PeerLateAnswer))]
[JsonSerializable(typeof(PeerSend))]
[JsonSerializable(typeof(PeerSent))]
internal sealed partial class PeerJson : JsonSerializerContext;
