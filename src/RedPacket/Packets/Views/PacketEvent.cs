namespace RedPacket.Packets.Views;

/// <summary>
/// One event of a watched packet. Its text is made once for all viewers. Viewers walk from one event to the next, so a slow viewer misses
/// none and holds up nobody.
/// </summary>
internal sealed class PacketEvent(string name, string json)
{
    /// <summary>The name of the event that begins anew: it has the whole packet.</summary>
    public const string Whole = "packet";

    /// <summary>The name of an event that has what is new.</summary>
    public const string Change = "change";

    private readonly TaskCompletionSource<PacketEvent?> _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Name => name;

    public string Json => json;

    /// <summary>The event after this one; null when there will be none.</summary>
    public Task<PacketEvent?> Next => _next.Task;

    /// <summary>Sets the next event, once.</summary>
    public void Follow(PacketEvent? next) => _next.SetResult(next);
}
