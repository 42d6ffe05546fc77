namespace RedPacket.LoadTest.Engine;

/// <summary>The outcome of a request.</summary>
internal enum RequestOutcome
{
    /// <summary>A packet was made (sends only).</summary>
    Made,

    /// <summary>A share was granted now.</summary>
    Won,

    /// <summary>The user had this share already.</summary>
    Replayed,

    /// <summary>Too late: the packet has no shares left.</summary>
    Emptied,

    /// <summary>Too late: the packet has expired.</summary>
    Expired,

    /// <summary>503 or 429 with Retry-After.</summary>
    Refused,

    /// <summary>No answer, or one outside the contract.</summary>
    Failed,
}

/// <summary>One request, by the indices of a packet and of a user.</summary>
internal readonly record struct Request(int Packet, int User);

/// <summary>The outcome of an answer, and how long its connection pauses before the next request.</summary>
internal readonly record struct Effect(RequestOutcome Outcome, TimeSpan Pause);

/// <summary>
/// Chooses the requests of the generator and reads their answers. Only the generator's thread calls it.
/// </summary>
internal abstract class RequestSource
{
    /// <summary>True when no request will follow.</summary>
    public virtual bool IsDone => false;

    /// <summary>Returns the next request, or false when there is none at the moment.</summary>
    public abstract bool TryNext(out Request request);

    /// <summary>Writes the bytes of a request and returns their number.</summary>
    public abstract int Render(Request request, Span<byte> buffer);

    /// <summary>Reads an answer.</summary>
    public abstract Effect Answered(Request request, in HttpAnswer answer);

    /// <summary>There was no valid answer, so it is unknown whether the service executed the request.</summary>
    public abstract void Unanswered(Request request, string reason, ReadOnlySpan<byte> received);
}
