namespace RedPacket.Grabs;

/// <summary>A grab that waits for its answer.</summary>
internal sealed class PendingGrab(string packetId, string userId, string? trace = null)
{
    // The loop must not run the callers' continuations: it would answer the requests one after the other.
    private readonly TaskCompletionSource<GrabOutcome> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string PacketId => packetId;

    public string UserId => userId;

    /// <summary>The beginning of its trace; null when it is not followed.</summary>
    public string? Trace => trace;

    /// <summary>Its place in the batch, in the order of arrival.</summary>
    public int Place { get; set; }

    /// <summary>How it is too late, as far as this process knows (<see cref="FinalPackets"/>); else null.</summary>
    public GrabStatus? Late { get; set; }

    public Task<GrabOutcome> Task => _answer.Task;

    public void Answer(GrabOutcome outcome) => _answer.TrySetResult(outcome);

    public void Fail(Exception exception) => _answer.TrySetException(exception);
}
