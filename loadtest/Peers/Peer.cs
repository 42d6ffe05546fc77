namespace RedPacket.Peers;

/// <summary>The status of a grab.</summary>
internal enum GrantStatus
{
    Won,

    /// <summary>The user had this share already.</summary>
    Again,
    Emptied,
    Expired,
    Unknown,

    /// <summary>The share could not be recorded, and the user gets a 500.</summary>
    Failed,
}

/// <summary>A share, or the reason for none.</summary>
/// <param name="At">Milliseconds since 1970.</param>
internal readonly record struct Grant(GrantStatus Status, int Ordinal = 0, long Fen = 0, long At = 0);

/// <summary>A way to grant and record shares.</summary>
internal abstract class Peer
{
    /// <summary>Makes a packet and returns its id.</summary>
    public abstract Task<string> Send(long amountFen, int count, int expiresInSeconds);

    /// <summary>Returns the user's earlier share, or grants the next one.</summary>
    public abstract Task<Grant> Grab(string packetId, string userId);
}

/// <summary>A peer that grants in Redis and then records the share elsewhere: two writes.</summary>
internal abstract class RedisPeer(NaiveStore store) : Peer
{
    protected NaiveStore Store => store;

    public override Task<string> Send(long amountFen, int count, int expiresInSeconds) => store.Make(amountFen, count, expiresInSeconds);

    public override async Task<Grant> Grab(string packetId, string userId)
    {
        var grant = await store.Grant(packetId, userId);
        if (grant.Status != GrantStatus.Won)
            return grant;
        var accepted = new GrabAccepted(packetId, userId, grant.Ordinal, grant.Fen, grant.At);
        return await Record(accepted) ? grant : new Grant(GrantStatus.Failed);
    }

    /// <summary>Records a share that was granted now. Returns false when the caller gets a 500.</summary>
    protected abstract Task<bool> Record(GrabAccepted grab);
}

/// <summary>
/// A share was granted. The type is public because MassTransit and Wolverine generate code for it in another assembly.
/// </summary>
public sealed record GrabAccepted(string PacketId, string UserId, int Ordinal, long AmountFen, long GrabbedAt);
