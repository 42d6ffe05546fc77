namespace RedPacket.Outbox;

/// <summary>How the last send of a chunk ended, as far as the relay knows.</summary>
internal enum ChunkState
{
    /// <summary>The send has not ended.</summary>
    Sending,

    /// <summary>The broker has it, or may have it.</summary>
    Sent,

    /// <summary>The broker certainly does not have it.</summary>
    Failed,
}

/// <summary>
/// A contiguous range of delivery numbers that was sent and is not settled, as the relay remembers it.
/// </summary>
/// <param name="first">One more than the last number of the previous chunk.</param>
/// <param name="last">The last number of this chunk.</param>
/// <param name="left">Its entries in the outbox.</param>
/// <param name="slow">True when its entries belong to the slow lane.</param>
internal sealed class OutstandingChunk(long first, long last, long left, bool slow)
{
    public long First => first;

    public long Last => last;

    public bool Slow => slow;

    /// <summary>Its entries that were still in the outbox at the last count.</summary>
    public long Left { get; set; } = left;

    public ChunkState State { get; set; } = ChunkState.Sending;

    /// <summary>How many times it was sent.</summary>
    public int Attempts { get; set; }

    /// <summary>Numbers of its first and last send among all sends of the shard.</summary>
    public long FirstSend { get; set; }

    public long LastSend { get; set; }

    /// <summary>When it may be resent; null until it failed or was overtaken.</summary>
    public DateTimeOffset? DueAt { get; set; }

    /// <summary>True once the broker had it or may have had it.</summary>
    public bool WasSent { get; set; }

    /// <summary>True when its last send went by the slow lane.</summary>
    public bool WentSlow { get; set; }

    /// <summary>True when it went by the slow lane, or waits to.</summary>
    public bool IsSlow => WentSlow || (DueAt is not null && NextIsSlow);

    /// <summary>
    /// A resent chunk goes by the slow lane. A chunk that the broker certainly never had goes by its own lane.
    /// </summary>
    public bool NextIsSlow => slow || WasSent;
}
