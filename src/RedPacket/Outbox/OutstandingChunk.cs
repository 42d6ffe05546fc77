namespace RedPacket.Outbox;

/// <summary>What the relay knows about its last send of a chunk.</summary>
internal enum ChunkState
{
    /// <summary>On its way to the broker.</summary>
    Sending,

    /// <summary>The broker has it, or may have it.</summary>
    Sent,

    /// <summary>The broker certainly does not have it.</summary>
    Failed,
}

/// <summary>A contiguous range of delivery numbers that was sent and is not settled: all the relay remembers of it.</summary>
/// <param name="first">One more than the last number of the chunk before.</param>
/// <param name="last">Its own last number.</param>
/// <param name="left">Entries of it in the outbox.</param>
/// <param name="slow">True when its own lane is the slow one.</param>
internal sealed class OutstandingChunk(long first, long last, long left, bool slow)
{
    public long First => first;

    public long Last => last;

    public bool Slow => slow;

    /// <summary>Entries still in the outbox when it was last asked.</summary>
    public long Left { get; set; } = left;

    public ChunkState State { get; set; } = ChunkState.Sending;

    /// <summary>How often it was sent.</summary>
    public int Attempts { get; set; }

    /// <summary>Numbers of its first and last send among all sends of the shard.</summary>
    public long FirstSend { get; set; }

    public long LastSend { get; set; }

    /// <summary>From when on it may be sent again, once it failed or was overtaken.</summary>
    public DateTimeOffset? DueAt { get; set; }

    /// <summary>True once the broker had it, or may have had it.</summary>
    public bool WasSent { get; set; }

    /// <summary>True when it went by the slow lane last.</summary>
    public bool WentSlow { get; set; }

    /// <summary>True when it is on the slow lane, or waits to go there.</summary>
    public bool IsSlow => WentSlow || (DueAt is not null && NextIsSlow);

    /// <summary>What is sent again goes by the slow lane; what certainly never went, by its own.</summary>
    public bool NextIsSlow => slow || WasSent;
}
