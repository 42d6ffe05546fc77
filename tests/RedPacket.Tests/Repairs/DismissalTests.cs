using System.Globalization;
using RedPacket.Comparison;
using RedPacket.Messages;
using RedPacket.Repairs;
using RedPacket.Tests.Reports;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Repairs;

/// <summary>
/// A dismissal ends parked entries that the books do not need. It moves no money, and never ends a share that a user
/// may have won.
/// </summary>
[Needs("servers")]
public abstract class DismissalTests(RedisFixture redis, SharedPostgres? postgres) : IClassFixture<RedisFixture>
{
    private const string Gone = "0-ffffffffffff40008000000000000000";

    [Fact]
    public async Task WhatTheBooksDoNotNeed_IsDismissed_WithItsReason_AndIgnoredWhenItComesAgain()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Settled("a");
        string[] lines =
        [
            "not an entry", new Entry(EntryKind.Fund, packet, 0, "sender", 7, 1, "{}").ToString(),
            new Entry(EntryKind.Refund, packet, 0, "sender", 100_000, 1).ToString(),
        ];
        await world.Record(lines);
        Park(world, $"g {packet} 9 z 134217728 5", packet, EntryKind.Grab);
        Park(world, new Entry(EntryKind.Fund, Gone, 0, "sender", 7, 1, "{}").ToString(), Gone, EntryKind.Fund);
        Assert.Equal(5, (await world.Report()).Rules.Single(rule => rule.Id == "nothing_parked").Left);

        // PostgreSQL leaves numbers out.
        var ids = world.Ledger.Texts("SELECT CAST(id AS text) FROM parked ORDER BY id");

        var answer = await Dismiss(world, $$"""{"ids":[{{string.Join(',', ids)}},7777],"reason":" sent by a test "}""");

        Assert.Equal(200, answer.Status);
        Assert.Equal($$"""{"dismissed":[{{string.Join(',', ids)}}],"skipped":[{"id":7777,"reason":"not_parked"}]}""", answer.Body);
        var report = await world.Report(full: true);
        Assert.Equal((Verdict.Consistent, 0), (report.Verdict, report.AdjustedFen));
        var healed = report.Healed.Single();
        Assert.Equal(("op", "dismissal", 5), (healed.Actor, healed.Action, healed.Entries));
        Assert.All(healed.Some, name => Assert.EndsWith(": sent by a test", name, StringComparison.Ordinal));
        var first = await world.Get<ParkedReader>().One(int.Parse(ids[0], CultureInfo.InvariantCulture), ReconciliationWorld.Stop);
        Assert.Equal("dismissed", first!.Parked.Resolution);

        await world.Record(lines[1..]);
        Assert.Equal(0, world.Ledger.Number("SELECT count(*) FROM parked WHERE resolved_at IS NULL"));
        var again = await Dismiss(world, $$"""{"ids":[{{ids[0]}}],"reason":"x"}""");
        Assert.Equal($$"""{"dismissed":[],"skipped":[{"id":{{ids[0]}},"reason":"not_parked"}]}""", again.Body);
    }

    [Fact]
    public async Task ShareThatAUserMayHaveWon_IsNeverDismissed_NorIsAnythingElseOfTheCall()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Settled("a");
        await world.Record("not an entry", ReconciliationWorld.GrabLine(packet, 1, "late"));

        var answer = await Dismiss(world, """{"ids":[1,2],"reason":"tidy"}""");

        Assert.Equal((409, "parked_share"), (answer.Status, answer.Code));
        Assert.Contains("pay it by a correction", answer.Body, StringComparison.Ordinal);
        Assert.Equal(2, world.Ledger.Number("SELECT count(*) FROM parked WHERE resolved_at IS NULL"));
        Assert.Equal(0, world.Ledger.Number("SELECT count(*) FROM audits"));
    }

    [Fact]
    public async Task FundThatItsPacketHas_OrThatTheLedgerLacks_IsNeeded()
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);
        var packet = await world.Settled("a");
        var fund = (await world.Get<RedisReader>().Read(packet))!.FundLine;
        world.Ledger.Execute("DELETE FROM transfers WHERE kind = 1");
        Park(world, fund, packet, EntryKind.Fund);
        Park(world, new Entry(EntryKind.Fund, packet, 0, "sender", 7, 1, "{}").ToString(), packet, EntryKind.Fund);

        foreach (var id in (int[])[1, 2])
            Assert.Equal("parked_needed", (await Dismiss(world, $$"""{"ids":[{{id}}],"reason":"tidy"}""")).Code);

        Assert.Equal(2, world.Ledger.Number("SELECT count(*) FROM parked WHERE resolved_at IS NULL"));
    }

    [Theory]
    [InlineData("{}", "invalid_json")]
    [InlineData("""{"ids":[],"reason":"x"}""", "invalid_json")]
    [InlineData("""{"all":true,"reason":"x"}""", "unknown_field")]
    [InlineData("""{"ids":[1]}""", "reason_invalid")]
    [InlineData("""{"ids":[1],"reason":"  "}""", "reason_invalid")]
    [InlineData("""{"ids":[1],"reason":"a\nb"}""", "reason_invalid")]
    public async Task Body_IsStrict(string body, string code)
    {
        await using var world = await ReconciliationWorld.Open(redis, postgres);

        Assert.Equal((400, code), await Dismiss(world, body) is var answer ? (answer.Status, answer.Code) : default);
    }

    private static Task<Called> Dismiss(ReconciliationWorld world, string body) =>
        Called.By(world, "", "op", context => world.Get<RepairEndpoints>().Dismiss(context), body);

    private static void Park(ReconciliationWorld world, string line, string packet, EntryKind kind)
    {
        world.Ledger.Execute($"""
            INSERT INTO parked (shard, packet_id, kind, ordinal, user_id, amount_fen, payload, reason, detail, parked_at, published_at)
            VALUES (0, '{packet}', {(int)kind}, 0, 'z', 15, '{line.Replace("'", "''", StringComparison.Ordinal)}', 'refused', '', 5, 5)
            """);
    }
}

public sealed class DismissalOnSqliteTests(RedisFixture redis) : DismissalTests(redis, null);

public sealed class DismissalOnPostgresTests(RedisFixture redis, SharedPostgres postgres) : DismissalTests(redis, postgres);
