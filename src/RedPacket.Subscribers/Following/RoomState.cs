namespace RedPacket.Subscribers.Following;

/// <summary>A room as <c>/health/ready</c> shows it.</summary>
/// <param name="State">One of the words below.</param>
/// <param name="Position">The last transfer that it has; null while its store was not opened.</param>
/// <param name="Head">The newest transfer of the ledger, as far as it knows.</param>
/// <param name="Detail">What is wrong; null when nothing is.</param>
internal sealed record RoomState(string Name, string State, long? Position, long? Head, string? Detail)
{
    /// <summary>Its store was not opened yet.</summary>
    public const string Opening = "opening";

    /// <summary>It has all transfers.</summary>
    public const string Following = "following";

    /// <summary>It reads what it does not have.</summary>
    public const string CatchingUp = "catching-up";

    /// <summary>It waits for its service or its store.</summary>
    public const string Waiting = "waiting";

    /// <summary>It cannot digest the transfer that detail names.</summary>
    public const string Stopped = "stopped";

    /// <summary>A person has stopped it.</summary>
    public const string Off = "off";

    /// <summary>The ledger was restored and ends, or ended, before its position.</summary>
    public const string Ahead = "ahead";
}

/// <summary>All rooms of a process.</summary>
/// <param name="Status">ready when each of them follows, catches up or is off, else degraded.</param>
internal sealed record RoomsAnswer(string Status, IReadOnlyList<RoomState> Rooms);
