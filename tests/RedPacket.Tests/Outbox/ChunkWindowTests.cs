using RedPacket.Outbox;

namespace RedPacket.Tests.Outbox;

/// <summary>
/// When the relay sends again, and what. The clock is a number here: what is tested is only the decision.
/// </summary>
public sealed class ChunkWindowTests
{
    private readonly ChunkWindow _window = new(new OutboxOptions { Window = 5 });
    private DateTimeOffset _now = DateTimeOffset.UnixEpoch;

    [Fact]
    public void NothingSettledFor15Seconds_OnlyTheOldestIsSentAgain()
    {
        var chunks = SendChunks(3);

        Assert.Empty(After(14.9));
        Assert.Equal([chunks[0]], After(0.1));
        Assert.True(chunks[0].NextIsSlow);
    }

    [Fact]
    public void NothingSettledForAnHour_TheOldestIsSentAgainWithPausesThatDoubleTo5Minutes()
    {
        SendChunks(3);
        var resends = new List<double>();
        for (var second = 1; second <= 3600; second++)
        {
            foreach (var chunk in After(1))
            {
                resends.Add(second);
                Resend(chunk);
            }
        }

        Assert.Equal([15, 45, 105, 225, 465, 765, 1065, 1365, 1665, 1965, 2265, 2565, 2865, 3165, 3465], resends);
    }

    [Fact]
    public void SomeEntriesSettle_TheResendTimerRestarts()
    {
        var chunks = SendChunks(3);
        Resend(Assert.Single(After(15)));
        Resend(Assert.Single(After(30)));
        _window.Counted(chunks[0], 4, _now);

        Assert.Empty(After(14.9));
        Assert.Equal([chunks[0]], After(0.1));
    }

    [Fact]
    public void ProbeSettledAndTheOthersDoNotMove_TheOthersAreSentAgain()
    {
        var chunks = SendChunks(4);
        Resend(Assert.Single(After(15)));
        _window.Counted(chunks[0], 0, _now);

        Assert.Empty(After(2.9));
        Assert.Equal(chunks.Skip(1), After(0.1));
    }

    [Fact]
    public void ShortResendAfter_StillWaitsThreeSecondsAfterTheProbe()
    {
        var window = new ChunkWindow(new OutboxOptions { ResendAfter = TimeSpan.FromSeconds(1) });
        OutstandingChunk[] chunks = [.. Enumerable.Range(1, 3).Select(number => window.Add(number * 20, 10, slow: false, _now))];
        foreach (var chunk in chunks)
            window.Sent(chunk, SendOutcome.Confirmed, _now);
        Assert.Equal([chunks[0]], window.Due(_now += TimeSpan.FromSeconds(1)));
        window.Sending(chunks[0]);
        window.Sent(chunks[0], SendOutcome.Confirmed, _now);
        window.Counted(chunks[0], 0, _now);

        Assert.Empty(window.Due(_now += TimeSpan.FromSeconds(2)));
        Assert.Equal(chunks.Skip(1), window.Due(_now += TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void ProbeSettledAndTheOthersMove_NothingIsSentAgain()
    {
        var chunks = SendChunks(4);
        Resend(Assert.Single(After(15)));
        _window.Counted(chunks[0], 0, _now);
        _window.Counted(chunks[1], 3, _now);

        Assert.Empty(After(14.9));
    }

    [Fact]
    public void LaterChunkSettledAndThisOneNot_IsSentAgainWithBackOff()
    {
        var chunks = SendChunks(2);
        _window.Counted(chunks[1], 0, _now);
        var pauses = new List<int>();
        for (var resend = 0; resend < 8; resend++)
            pauses.Add(SecondsUntilOvertakenIsDue(chunks[0]));

        Assert.Equal([1, 2, 4, 8, 16, 32, 60, 60], pauses);
    }

    [Fact]
    public void LaterChunkHalfSettled_NothingIsSentAgain()
    {
        var chunks = SendChunks(2);
        Settle(chunks[1], 1);

        Assert.Empty(After(1));
        Assert.Empty(After(13));
    }

    [Fact]
    public void FailedSend_IsSentAgainByItsOwnLaneWithBackOff()
    {
        var chunk = _window.Add(20, 10, slow: false, _now);
        _window.Sent(chunk, SendOutcome.Failed, _now);

        Assert.Empty(After(0.1));
        Assert.Equal([chunk], After(0.1));
        Assert.False(chunk.NextIsSlow);
        _window.Sending(chunk);
        _window.Sent(chunk, SendOutcome.Failed, _now);
        Assert.Empty(After(0.3));
        Assert.Equal([chunk], After(0.1));
    }

    [Fact]
    public void SendWithoutAnswer_IsOutstandingAndNotFailed()
    {
        var chunk = _window.Add(20, 10, slow: false, _now);
        _window.Sent(chunk, SendOutcome.Unknown, _now);

        Assert.Empty(After(14.9));
        Assert.Equal([chunk], After(0.1));
        Assert.True(chunk.NextIsSlow);
    }

    [Fact]
    public void SendUnderWay_IsNotSentAgain()
    {
        _window.Add(20, 10, slow: false, _now);

        Assert.Empty(After(1000));
    }

    [Fact]
    public void WindowFull_HasNoRoomUntilAChunkSettles()
    {
        var chunks = SendChunks(5);
        Assert.False(_window.HasRoom);

        _window.Counted(chunks[2], 0, _now);

        Assert.True(_window.HasRoom);
    }

    [Fact]
    public void Forgotten_StartsFromTheFirstEntryAndChunksFromBeforeOvertakeNothing()
    {
        var old = SendChunks(3);
        _window.Forget(_now);
        var again = SendChunks(1)[0];
        _window.Counted(old[2], 0, _now);

        Assert.Equal((1, 20), (again.First, again.Last));
        Assert.Empty(After(1));
        Assert.Empty(After(13));
    }

    private OutstandingChunk[] SendChunks(int count) => [.. Enumerable.Range(0, count).Select(_ =>
    {
        var chunk = _window.Add(_window.Cursor + 20, 10, slow: false, _now);
        _window.Sent(chunk, SendOutcome.Confirmed, _now);
        return chunk;
    })];

    private void Resend(OutstandingChunk chunk)
    {
        _window.Sending(chunk);
        _window.Sent(chunk, SendOutcome.Confirmed, _now);
    }

    private void Settle(OutstandingChunk chunk, long left) => _window.Counted(chunk, left, _now);

    // Something always moves here, so that the rule for silence stays out of it; and the chunk that moves was sent
    // later.
    private int SecondsUntilOvertakenIsDue(OutstandingChunk overtaken)
    {
        Settle(SendChunks(1)[0], 0);
        _ = _window.Due(_now);
        for (var second = 1; second < 100; second++)
        {
            Settle(SendChunks(1)[0], 0);
            if (After(1).Count == 0)
                continue;
            Resend(overtaken);
            return second;
        }
        return int.MaxValue;
    }

    private IReadOnlyList<OutstandingChunk> After(double seconds)
    {
        _now += TimeSpan.FromSeconds(seconds);
        return _window.Due(_now);
    }
}
