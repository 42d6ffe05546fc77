using Npgsql;
using RedPacket.Ledger;
using RedPacket.Tests.Servers;
using static RedPacket.Tests.Ledger.LedgerLines;

namespace RedPacket.Tests.Ledger;

/// <summary>
/// A PostgreSQL server that is stopped, killed, silent, unsafe or replaced. Entries wait, and are recorded once after
/// the server recovers.
/// </summary>
[Needs("servers")]
public sealed partial class PostgresOutageTests(PostgresFixture server) : IClassFixture<PostgresFixture>
{
    private const int Began = 5002;
    private const int Ended = 5003;
    private const int NotOpenYet = 5009;

    [Fact]
    public async Task ServerStopped_EntriesWaitAndAreRecordedOnce()
    {
        using var ledger = await TestLedger.On(server);
        var journal = await ledger.Open();
        await server.Stop();

        var recordings = Enumerable.Range(1, 50).Select(i => journal.Enqueue(Live(Grab(P1, i, $"u{i}", 1)), TestLedger.Stop)).ToList();
        await Eventually.Holds(() => !journal.State.Up);
        Assert.DoesNotContain(recordings, recording => recording.IsCompleted);
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => journal.Execute(_ => { }, TestLedger.Stop));
        await server.Start();
        await Task.WhenAll(recordings);

        Assert.Equal(50, ledger.Number("SELECT count(*) FROM transfers"));
        await Eventually.Holds(() => journal.State is { Up: true, Reason: null, WaitingChunks: 0 });
        await Eventually.Holds(() => ledger.Log.Count(Began) == 1 && ledger.Log.Count(Ended) == 1);
        ledger.MustBalance();
    }

    [Fact]
    public async Task ServerStoppedWhileIdle_IsDetected()
    {
        using var ledger = await TestLedger.On(server);
        var journal = await ledger.Open();

        await server.Stop();
        await Eventually.Holds(() => !journal.State.Up);
        await server.Start();

        await Eventually.Holds(() => journal.State.Up);
    }

    [Fact]
    public async Task ServerKilledWhileRecording_EveryEntryIsRecordedOnce()
    {
        using var ledger = await TestLedger.On(server);
        var journal = ledger.Start(maxRows: 100);
        await Eventually.Holds(() => journal.State.Up);
        // From 2000 rows on a recording stays in its middle, until it is let go.
        ledger.Execute("""
            CREATE TABLE held (); INSERT INTO held DEFAULT VALUES;
            CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS '
              BEGIN
                WHILE EXISTS (SELECT FROM held) AND (SELECT max(id) FROM transfers) > 2000 LOOP PERFORM pg_sleep(0.01); END LOOP;
                RETURN NULL;
              END';
            CREATE TRIGGER hold AFTER INSERT ON transfers FOR EACH STATEMENT EXECUTE FUNCTION hold()
            """);
        var chunks = Enumerable.Range(0, 200)
            .Select(c => Live([.. Enumerable.Range(1, 50).Select(i => Grab(P1, (50 * c) + i, $"u{i}", 1))])).ToList();
        var recordings = chunks.Select(chunk => journal.Enqueue(chunk, TestLedger.Stop)).ToList();
        await Eventually.Holds(() => ledger.Number("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == 1);

        await server.Kill();
        var answered = recordings.Count(recording => recording.IsCompletedSuccessfully);
        await server.Start();
        ledger.Execute("DELETE FROM held");
        var outcomes = (await Task.WhenAll(recordings)).SelectMany(outcome => outcome).ToList();

        Assert.InRange(answered, 20, 199);
        Assert.All(outcomes, outcome => Assert.True(outcome is RecordOutcome.Inserted or RecordOutcome.Duplicate));
        Assert.Equal(10_000, ledger.Number("SELECT count(*) FROM transfers"));
        Assert.Equal(10_000, ledger.Number("SELECT max(id) FROM transfers"));
        ledger.MustBalance();
    }

    [Fact]
    public async Task ConnectionCutAfterTheCommit_IsRetriedAndRecordedOnce()
    {
        using var ledger = await TestLedger.On(server);
        var journal = await ledger.Open();
        var recorded = 0;
        // Commits are on disk, and then wait for a standby that never answers.
        await server.Execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
        await server.Execute("SELECT pg_reload_conf()");
        try
        {
            // The server takes its new setting a moment later; until then a recording goes through.
            Task<RecordOutcome[]> recording;
            do
            {
                recording = journal.Enqueue(Live(Fund(P1, 100), Grab(P1, ++recorded, "alice", 3)), TestLedger.Stop);
                await Eventually.Holds(() => recording.IsCompleted || ledger.Number(
                    "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND datname = current_database()") == 1);
            }
            while (recording.IsCompleted);
            await server.Execute("ALTER SYSTEM RESET synchronous_standby_names");
            await server.Execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
            await server.Execute("SELECT pg_reload_conf()");

            Assert.Equal([RecordOutcome.Duplicate, RecordOutcome.Duplicate], await recording);
        }
        finally
        {
            await server.Execute("ALTER SYSTEM RESET synchronous_standby_names");
            await server.Execute("SELECT pg_reload_conf()");
        }
        Assert.Equal(1 + recorded, ledger.Number("SELECT count(*) FROM transfers"));
        Assert.Equal(3 * recorded, ledger.Number("SELECT credits FROM accounts WHERE code = 'wallet:alice'"));
        ledger.MustBalance();
    }

    [Fact]
    public async Task RecordingTimesOut_IsRetriedChunkByChunk()
    {
        using var ledger = TestLedger.At($"{await server.NewDatabase()};Command Timeout=1;Cancellation Timeout=1000");
        var journal = await ledger.Open();
        ledger.Execute("""
            CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.03); RETURN NEW; END';
            CREATE TRIGGER slow BEFORE INSERT ON transfers FOR EACH ROW EXECUTE FUNCTION slow()
            """);

        await Task.WhenAll(
            Enumerable.Range(0, 6).Select(c =>
                journal.Enqueue(Live([.. Enumerable.Range(1, 10).Select(i => Grab(P1, (10 * c) + i, "a", 1))]), TestLedger.Stop)));

        Assert.Equal(60, ledger.Number("SELECT count(*) FROM transfers"));
        ledger.MustBalance();
    }

    [Fact]
    public async Task ServerUnreachable_ReasonHasNoSecret()
    {
        using var ledger = TestLedger.At($"Host=127.0.0.1;Port={Ports.Free()};Database=ledger;Username=u;Password=open-sesame");
        var journal = ledger.Start();

        await Eventually.Holds(() => journal.State.DownSince is not null);

        Assert.Contains("127.0.0.1", journal.State.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("sesame", journal.State.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DatabaseMissing_IsNamedWithTheRemedyAndOpenedOnceCreated()
    {
        using var ledger = TestLedger.At(server.ConnectionString("missing"));
        var journal = ledger.Start();
        var recording = journal.Enqueue(Live(Fund(P1, 100)), TestLedger.Stop);
        await Eventually.Holds(() => journal.State.DownSince is not null);
        Assert.Contains("\"missing\" does not exist. Create it", journal.State.Reason, StringComparison.Ordinal);

        await server.Execute("CREATE DATABASE missing");

        Assert.Equal([RecordOutcome.Inserted], await recording);
    }

    [Fact]
    public async Task DatabaseReplacedByAnEmptyOne_IsNotUsedAsALedger()
    {
        using var ledger = await TestLedger.On(server);
        var journal = await ledger.Open();
        await journal.Enqueue(Live(Fund(P1, 100)), TestLedger.Stop);
        await ledger.TakeAway();
        await ledger.PutGarbageInItsPlace();

        await Eventually.Holds(() => !journal.State.Up && journal.State.Reason!.Contains("holds no ledger", StringComparison.Ordinal));

        Assert.Equal(0, ledger.Number("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"));
    }

    [Theory]
    [InlineData("synchronous_commit=off", "set synchronous_commit = on")]
    [InlineData("fsync=off", "set fsync = on")]
    public async Task ServerWithUnsafeSettings_IsRefusedUntilCorrected(string setting, string remedy)
    {
        using var ledger = await TestLedger.On(server);
        await RestartWith([setting]);
        var journal = ledger.Start();
        var recording = journal.Enqueue(Live(Fund(P1, 100)), TestLedger.Stop);
        await Eventually.Holds(() => journal.State.DownSince is not null);

        Assert.Contains(remedy, journal.State.Reason, StringComparison.Ordinal);
        Assert.Equal(0, ledger.Number("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"));
        var described = await LedgerProvider.Of(ledger.ConnectionString)!.Describe(ledger.ConnectionString, TestLedger.Stop);
        Assert.Equal(("PostgreSQL", false), (described.Kind, described.Durable));
        Assert.False(recording.IsCompleted);
        await RestartWith([]);

        Assert.Equal([RecordOutcome.Inserted], await recording);
        Assert.Equal((1, 0, 0), (ledger.Log.Count(NotOpenYet), ledger.Log.Count(Began), ledger.Log.Count(Ended)));
    }

    [Fact]
    public async Task SeveralProcessesStartingTogether_CreateOneLedger()
    {
        using var ledger = await TestLedger.On(server);
        var journals = Enumerable.Range(0, 4).Select(_ => ledger.Start()).ToList();

        var outcomes = await Task.WhenAll(
            journals.Select((journal, i) =>
                journal.Enqueue(Live(Fund(P1, 100), Grab(P2, i + 1, "a", 1)), TestLedger.Stop)));

        Assert.Equal(5, outcomes.SelectMany(o => o).Count(o => o == RecordOutcome.Inserted));
        Assert.Equal((1, 0), (ledger.Log.Count(5001), ledger.Log.Count(NotOpenYet)));
        ledger.MustBalance();
    }

    private async Task RestartWith(string[] settings)
    {
        await server.Stop();
        server.Settings = settings;
        await server.Start();
        NpgsqlConnection.ClearAllPools();
    }
}
