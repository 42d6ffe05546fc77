namespace RedPacket.LoadTest.Engine;

/// <summary>What became of a request.</summary>
internal enum RequestOutcome
{
    /// <summary>A packet was made (sends only).</summary>
    Made,

    /// <summary>A share, granted now.</summary>
    Won,

    /// <summary>A share that this user had already.</summary>
    Replayed,

    /// <summary>Too late: all shares are dealt.</summary>
    Emptied,

    /// <summary>Too late: the packet has expired.</summary>
    Expired,

    /// <summary>503 or 429 with Retry-After.</summary>
    Refused,

    /// <summary>No answer, or one that the contract does not know.</summary>
    Failed,
}

/// <summary>Who asks what: indices of a packet and of a user.</summary>
internal readonly record struct Ask(int Packet, int User);

/// <summary>What an answer was, and how long its connection rests before it asks again.</summary>
internal readonly record struct Effect(RequestOutcome Outcome, TimeSpan Rest);

/// <summary>What the generator asks for, and who looks at the answers. Called by the generator's thread only.</summary>
internal abstract class RequestSource
{
    /// <summary>True when nothing more is to be asked, now or later.</summary>
    public virtual bool IsDone => false;

    /// <summary>The next request; false when there is none at the moment.</summary>
    public abstract bool TryNext(out Ask ask);

    /// <summary>Writes the request's bytes and says how many they are.</summary>
    public abstract int Render(Ask ask, Span<byte> buffer);

    /// <summary>Looks at an answer.</summary>
    public abstract Effect Answered(Ask ask, in HttpAnswer answer);

    /// <summary>There was no answer, or nothing that is one: whether the service did what was asked is unknown.</summary>
    public abstract void Unanswered(Ask ask, string why, ReadOnlySpan<byte> received);
}
