namespace RedPacket.Messages;

/// <summary>
/// Redis has accepted these transfers, and the ledger has yet to record them. One message carries one chunk of one
/// shard's outbox. It is plain JSON, so that it can be read without MassTransit. Only the relay sends it, any number of
/// times.
/// </summary>
public sealed record TransfersAccepted
{
    /// <summary>The shard whose outbox holds the entries.</summary>
    public required int Shard { get; init; }

    /// <summary>
    /// The delivery numbers of the entries, ascending, as many as <see cref="Entries"/>. The entries leave the outbox
    /// by these.
    /// </summary>
    public required long[] Seqs { get; init; }

    /// <summary>The entries' lines (<see cref="Entry"/>), in the order of <see cref="Seqs"/>.</summary>
    public required string[] Entries { get; init; }

    /// <summary>
    /// The run of the shard's gate in which the chunk was read, or an older one, never a newer. Null or empty when none
    /// was known. Entries of another run than the ledger's add nothing to it.
    /// </summary>
    public string? Run { get; init; }

    /// <summary>
    /// The relay's signature (<see cref="ChunkSigner"/>), in base64; null when the service has no keys.
    /// </summary>
    public string? Signature { get; init; }

    /// <summary>When the relay sent this chunk.</summary>
    public required DateTimeOffset PublishedAt { get; init; }

    /// <summary>The W3C trace context of the relay's send, if it was traced.</summary>
    public string? Traceparent { get; init; }

    /// <summary>The entries whose shares are followed from their request; null or empty for none.</summary>
    public IReadOnlyList<FollowedEntry>? Followed { get; init; }
}

/// <summary>An entry whose share is followed.</summary>
/// <param name="Index">Its place in <see cref="TransfersAccepted.Entries"/>, from 0.</param>
/// <param name="Traceparent">The W3C trace context of its request.</param>
public sealed record FollowedEntry(int Index, string Traceparent);

/// <summary>
/// The queues. The number is their version: the arguments of an existing queue cannot change, so a change makes a new
/// name.
/// </summary>
public static class Lanes
{
    /// <summary>Entries that Redis has just accepted.</summary>
    public const string Live = "live.v1";

    /// <summary>Resends, repairs and replays. Live entries never wait behind it.</summary>
    public const string Slow = "slow.v1";

    /// <summary>Messages that no relay of this service has signed. Nobody consumes it.</summary>
    public const string Unverified = "unverified.v1";
}
