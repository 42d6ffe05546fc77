namespace RedPacket.Outbox;

/// <summary>The sends of one shard that have not ended.</summary>
internal sealed class PendingSends(int shard, RelayContext context)
{
    private readonly List<(OutstandingChunk Chunk, Task<(SendOutcome Outcome, string Reason)> Send)> _sends = [];

    public int Count => _sends.Count;

    /// <summary>Those of them that send a chunk again.</summary>
    public int Resends => _sends.Count(each => each.Chunk.Attempts > 1);

    public void Start(OutstandingChunk chunk, string run, IReadOnlyList<OutboxEntry> entries, bool slow,
        CancellationToken stopping) =>
        _sends.Add((chunk, context.Sender.Send(shard, run, entries, slow, stopping)));

    /// <summary>Removes the sends that have ended, and tells window and broker how each ended.</summary>
    public void Collect(ChunkWindow window)
    {
        // One snapshot: a send that ends between two checks would be removed, and stay under way in the window forever.
        var ended = _sends.FindAll(each => each.Send.IsCompleted);
        _sends.RemoveAll(ended.Contains);
        foreach (var (chunk, send) in ended.Where(each => each.Send.IsCompletedSuccessfully))
        {
            window.Sent(chunk, send.Result.Outcome, context.Clock.GetUtcNow());
            if (send.Result.Outcome == SendOutcome.Confirmed)
                context.Broker.Confirm();
            else
                context.Broker.Fault(send.Result.Reason);
        }
    }

    /// <summary>Waits. If no place is free, a send that ends also ends the wait.</summary>
    public async Task Wait(TimeSpan pause, CancellationToken stopping)
    {
        if (pause == TimeSpan.Zero)
            return;
        var time = Task.Delay(pause, context.Clock, stopping);
        if (Count > 0 && Count >= context.Broker.SendsImmediately)
            await Task.WhenAny(_sends.Select(each => (Task)each.Send).Append(time));
        else
            await time;
    }
}
