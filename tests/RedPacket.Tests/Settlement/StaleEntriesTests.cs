using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;
using RedPacket.Settlement;
using RedPacket.Tests.Ledger;
using RedPacket.Tests.Outbox;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Settlement;

/// <summary>
/// Messages that come after the gate was opened without them: their packets say what becomes of them.
/// </summary>
[Needs("servers")]
public sealed class StaleEntriesTests : IAsyncLifetime
{
    private readonly RedisServer _redis = new();
    private TestLedger _ledger = null!;
    private QueueHost _host = null!;
    private OutboxBook _book = null!;

    public async ValueTask InitializeAsync()
    {
        await _redis.Start();
        _ledger = await TestLedger.On((SharedPostgres?)null);
        _host = await QueueHost.Start(_redis, _ledger, relay: false);
        await Eventually.Holds(() => _host.Services.GetRequiredService<Journal>().State.Up);
        _book = new OutboxBook(_redis.Database);
        await Settle("over", _book.Fund());
        _ledger.Execute("UPDATE shards SET run = 'open'");
        await OpenGateUnderRunOpen();
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _ledger.Dispose();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task PacketHasTheClaim_ItIsRecordedUnderTheOpenRun()
    {
        await _redis.Database.HashSetAsync(PacketKeys.Packet(0, _book.Packet),
            [new("run", "open"), new("u:user1", "1 1 1790000000001"), new("o:1", "user1")]);

        await Settle("over", _book.Grabs(1));

        Assert.Equal((2, 0, 0), (await _host.Transfers(), await _host.Parked(), await _book.Left()));
    }

    [Theory]
    [InlineData("u:user1", "1 1 1790000000002", "o:1", "user1")]
    [InlineData("u:user1", "1 1 1790000000001", "o:1", "user9")]
    [InlineData("u:user9", "1 1 1790000000001", "o:1", "user9")]
    public async Task PacketHasForgottenTheClaim_ItIsParkedForCorrection(string field, string value, string other,
        string user)
    {
        await _redis.Database.HashSetAsync(PacketKeys.Packet(0, _book.Packet), [new("run", "open"), new(field, value), new(other, user)]);

        await Settle("over", _book.Grabs(1));

        Assert.Equal((1, 0), (await _host.Transfers(), await _book.Left()));
        Assert.Equal(1, _ledger.Number("SELECT count(*) FROM parked WHERE reason = 'conflict' AND lost_run = 'over'"));
    }

    [Fact]
    public async Task RedisAwayWhileItsPacketIsAsked_TheMessageIsHeldUntilItAnswers()
    {
        var chunk = await Chunk("over", _book.Grabs(1));
        await _redis.Stop();
        var settling = _host.Services.GetRequiredService<Settler>().Settle(chunk, slow: false, CancellationToken.None);
        await Eventually.Holds(() => _host.Log.Count(4005) > 1);
        Assert.False(settling.IsCompleted);

        await _redis.Start();
        await OpenGateUnderRunOpen();
        await settling;

        Assert.Equal(1, _ledger.Number("SELECT count(*) FROM parked WHERE lost_run = 'over'"));
    }

    [Fact]
    public async Task PacketIsStillBeingCompared_TheMessageIsHeldUntilItWas()
    {
        await _redis.Database.HashSetAsync(PacketKeys.Packet(0, _book.Packet),
            [new("run", "over"), new("state", "open"), new("u:user1", "1 1 1790000000001"), new("o:1", "user1")]);
        var settling = _host.Services.GetRequiredService<Settler>()
            .Settle(await Chunk("over", _book.Grabs(1)), slow: false, CancellationToken.None);
        await Eventually.Holds(async () => await _redis.Database.SortedSetScoreAsync(PacketKeys.Wanted(0), _book.Packet) > 0);
        Assert.False(settling.IsCompleted);

        await _redis.Database.HashSetAsync(PacketKeys.Packet(0, _book.Packet), "run", "open");
        await settling;

        Assert.Equal((2, 0, 0), (await _host.Transfers(), await _host.Parked(), await _book.Left()));
    }

    [Fact]
    public async Task RedisIsAFormerPrimary_TheMessageIsHeldUntilThatOfTheLedgerAnswers()
    {
        // Its gate is open, under a run that the ledger does not record, and it has the claim. Soon it is wiped.
        await _redis.Database.HashSetAsync(PacketKeys.Meta(0), MetaFields.Run, "former");
        await _redis.Database.HashSetAsync(PacketKeys.Packet(0, _book.Packet),
            [new("run", "former"), new("u:user1", "1 1 1790000000001"), new("o:1", "user1")]);
        var settling = _host.Services.GetRequiredService<Settler>()
            .Settle(await Chunk("former", _book.Grabs(1)), slow: false, CancellationToken.None);
        await Eventually.Holds(() => _host.Log.Count(4005) > 1);
        Assert.False(settling.IsCompleted);

        await _redis.Database.HashSetAsync(PacketKeys.Meta(0), MetaFields.Run, "open");
        await _redis.Database.KeyDeleteAsync(PacketKeys.Packet(0, _book.Packet));
        await settling;

        Assert.Equal(1, _ledger.Number("SELECT count(*) FROM parked WHERE lost_run = 'former'"));
    }

    [Fact]
    public async Task LedgerIsAwayWhileItsPacketIsAsked_TheMessageIsHeld()
    {
        await _redis.Database.HashSetAsync(PacketKeys.Meta(0), MetaFields.Run, "former");
        var settling = _host.Services.GetRequiredService<Settler>()
            .Settle(await Chunk("over", _book.Grabs(1)), slow: false, CancellationToken.None);
        await Eventually.Holds(() => _host.Log.Count(4005) > 0);
        await _ledger.TakeAway();
        await Eventually.Holds(() => !_host.Services.GetRequiredService<Journal>().State.Up);
        var waits = _host.Log.Count(4005);
        await Eventually.Holds(() => _host.Log.Count(4005) > waits + 1);
        Assert.False(settling.IsCompleted);

        File.Move($"{_ledger.Path}.away", _ledger.Path);
        await _redis.Database.HashSetAsync(PacketKeys.Meta(0), MetaFields.Run, "open");
        await settling;

        Assert.Equal(1, _ledger.Number("SELECT count(*) FROM parked WHERE lost_run = 'over'"));
    }

    [Fact]
    public async Task StoppedWhileItsPacketIsAsked_TheMessageGoesBack()
    {
        var chunk = await Chunk("over", _book.Grabs(1));
        await _redis.Stop();
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(1));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => _host.Services.GetRequiredService<Settler>().Settle(chunk, slow: false, stop.Token));
    }

    [Fact]
    public async Task RedisIsAwayForLong_TheEntryIsParked_AndTheMessageEnds()
    {
        var clock = new FakeTimeProvider();
        var (stale, chunk) = await OneStaleEntry(clock);
        await _redis.Stop();

        var resolving = stale.Resolve(chunk, await Journal.EnqueueWithMark(chunk, TestLedger.Stop), TestLedger.Stop);
        await Eventually.Holds(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            return resolving.IsCompleted;
        });

        Assert.Equal([RecordOutcome.Left], (await resolving).Outcomes);
        Assert.Equal(1, _ledger.Number("SELECT count(*) FROM parked WHERE lost_run = 'over'"));
    }

    // Its packet has it, so there is nothing that repair could find out.
    [Fact]
    public async Task RowCannotBeRecordedForLong_TheEntryIsNotParked()
    {
        await _redis.Database.HashSetAsync(PacketKeys.Packet(0, _book.Packet),
            [new("run", "open"), new("u:user1", "1 1 1790000000001"), new("o:1", "user1")]);
        _ledger.Execute("""
            CREATE TRIGGER trouble BEFORE INSERT ON transfers WHEN NEW.kind = 2 BEGIN SELECT abs(-9223372036854775808); END
            """);
        var clock = new FakeTimeProvider();
        var (stale, chunk) = await OneStaleEntry(clock);

        var resolving = stale.Resolve(chunk, await Journal.EnqueueWithMark(chunk, TestLedger.Stop), TestLedger.Stop);
        for (var second = 0; second < 60; second++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
            await Journal.RunOf(0, TestLedger.Stop);
        }
        Assert.False(resolving.IsCompleted);
        _ledger.Execute("DROP TRIGGER trouble");
        await Eventually.Holds(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            return resolving.IsCompleted;
        });

        Assert.Equal([RecordOutcome.Inserted], (await resolving).Outcomes);
        Assert.Equal(0, _ledger.Number("SELECT count(*) FROM parked"));
    }

    private Journal Journal => _host.Services.GetRequiredService<Journal>();

    // With the chunk that a relay had sent under the earlier run.
    private async Task<(StaleEntries Stale, Chunk Chunk)> OneStaleEntry(TimeProvider clock)
    {
        await _book.Grabs(1);
        var line = (string)(await _redis.Database.SortedSetRangeByRankAsync(PacketKeys.Out(0)))[0]!;
        var packets = new PacketEvidence(_host.Services.GetRequiredService<ScriptRunner>());
        return (
            new StaleEntries(Journal, packets, clock, NullLogger<StaleEntries>.Instance),
            new Chunk(0, [ChunkLine.Read(line)], 2, 5, null, Slow: true, "over"));
    }

    private async Task OpenGateUnderRunOpen()
    {
        await OpenGate.Of(_redis.Connection);
        await _redis.Database.HashSetAsync(PacketKeys.Meta(0), MetaFields.Run, "open");
    }

    private async Task Settle(string run, Task written) =>
        await _host.Services.GetRequiredService<Settler>().Settle(await Chunk(run, written), slow: false, CancellationToken.None);

    // The chunk that a relay would send of the outbox as it is then.
    private async Task<TransfersAccepted> Chunk(string run, Task written)
    {
        await written;
        var entries = await _redis.Database.SortedSetRangeByRankWithScoresAsync(PacketKeys.Out(0));
        return new TransfersAccepted
        {
            Shard = 0,
            Run = run,
            Seqs = [.. entries.Select(entry => (long)entry.Score)],
            Entries = [.. entries.Select(entry => entry.Element.ToString())],
            PublishedAt = DateTimeOffset.UnixEpoch,
        };
    }
}
