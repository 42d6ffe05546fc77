using System.Globalization;
using Microsoft.Extensions.Options;
using RedPacket.Grabs;
using RedPacket.Http;
using RedPacket.Ledger;
using RedPacket.Messages;
using RedPacket.Packets;
using RedPacket.Reports;
using RedPacket.Settlement;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Fuzz;

/// <summary>
/// Lines and messages of the queue, by a grammar. A reader never throws. Settlement never throws either, keeps the
/// books in balance, and still settles what is right.
/// </summary>
public sealed class LineFuzzTests
{
    private const string Terms = """{"sender":"s","kind":"lucky","count":4,"greeting":"g g","expiresIn":60,"split":"line-cutting","""
        + "\"seed\":\"000000000000002a\",\"key\":\"k\"}";

    [Fact]
    public void Readers_TakeAnyText()
    {
        var grammar = new Grammar(Grammar.DrawnSeed);
        var seeds = new SplitSeeds(Options.Create(new PacketsOptions()));
        for (var input = 0; input < Grammar.Count(86_000); input++)
        {
            var line = Line(grammar, "0-019a0c6e4a507c6d9f1a2b3c4d5e6f70");
            try
            {
                if (Entry.TryParse(line, out var entry))
                    Assert.True(Entry.TryParse(entry!.ToString(), out var again) && again == entry && entry.Shard >= 0);
                _ = Fence.Is(line);
                var text = grammar.Damaged(Terms, 2);
                if (PacketTerms.TryParse(text, amountFen: 1000) is { } terms && seeds.Shares(1000, terms) is { } shares)
                    Assert.Equal(terms.Count * PacketKeys.ShareWidth, shares.Length);
                _ = WireTime.Read(grammar.Damaged("2026-01-31T08:00:00Z", 2));
            }
            catch (Exception exception) when (exception is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"seed {grammar.Seed}, input {input}: {line}\n{exception}");
            }
        }
    }

    internal static string Line(Grammar grammar, string packetId)
    {
        var kind = grammar.Of("f", "g", "g", "g", "r", "x");
        var ordinal = kind == "g" ? grammar.Below(6).ToString(CultureInfo.InvariantCulture) : "0";
        var fields = new List<string>
        {
            kind, grammar.Damaged(packetId, 20), grammar.OneIn(5) ? grammar.Number() : ordinal,
            grammar.Damaged(grammar.Of("alice", "bob", "a/b=", new string('u', 255)), 10),
            grammar.OneIn(5) ? grammar.Number() : "25", grammar.OneIn(10) ? grammar.Number() : "1790000000000",
        };
        if (kind == "f" != grammar.OneIn(10))
            fields.Add(grammar.Damaged(Terms, 4));
        if (grammar.OneIn(20))
            fields.RemoveAt(grammar.Below(fields.Count));
        return grammar.Damaged(string.Join(' ', fields), 10);
    }
}

[Needs("servers")]
public sealed class MessageFuzzTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private const int LinesOfAMessage = 12;

    // Above every number of the outbox, so that no entry of another packet leaves it: twice the clock of a month later,
    // in microseconds.
    private static readonly long s_firstSeq = 2_000 * TimeProvider.System.GetUtcNow().AddDays(30).ToUnixTimeMilliseconds();

    [Fact]
    public async Task AnyMessage_LeavesTheBooksInBalance_AndTheNextOneSettles()
    {
        var grammar = new Grammar(Grammar.DrawnSeed);
        await using var service = await Service.Start(redis, null, "--Logging:LogLevel:Default=None", "--Reconciliation:Repair=false");
        var packet = await service.Send(1000, 4);
        await service.Settles();
        var settler = service.Of<Settler>();
        for (var input = 0; input < Grammar.Count(2_000); input++)
        {
            var run = (string?)await redis.Database.HashGetAsync(PacketKeys.Meta(0), "run");
            var message = Message(grammar, packet, run, input);
            try
            {
                await settler.Settle(message, slow: grammar.OneIn(2), TestContext.Current.CancellationToken)
                    .WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
            }
            catch (Exception exception)
            {
                Assert.Fail($"seed {grammar.Seed}, message {input}: {System.Text.Json.JsonSerializer.Serialize(message)}\n{exception}");
            }
        }

        // Funds of packets that Redis does not know shut the gate, which opens again. It may shut once more between the
        // send and the grab: then another packet is sent. Later it can only delay what was granted.
        string after = "";
        await Eventually.Holds(async () =>
        {
            await service.Opens();
            after = await service.Send(1000, 4);
            return (await service.Grabs.Grab(0, after, "winner")).Status == GrabStatus.Won;
        });
        await Eventually.Holds(async () => (await Report(service, new ReportRequest(after))).Claims.Settled == 1);
        var report = await Report(service, new ReportRequest(Full: true));
        Assert.All(
            report.Rules.Where(rule => rule.Id is "trial_balance" or "totals_recomputed"),
            rule => Assert.True(rule.Result == ReportRules.Pass, $"seed {grammar.Seed}: {rule}"));
    }

    private static Task<ConsistencyReport> Report(Service service, ReportRequest request) =>
        service.Of<ReportBuilder>().Build(request, TestContext.Current.CancellationToken);

    private static TransfersAccepted Message(Grammar grammar, string packet, string? run, int input)
    {
        var count = grammar.Below(LinesOfAMessage);
        var lines = Enumerable.Range(0, count).Select(_ => LineFuzzTests.Line(grammar, packet)).ToArray();
        var seqs = Enumerable.Range(0, grammar.OneIn(20) ? grammar.Below(LinesOfAMessage) : count)
            .Select(i => s_firstSeq + input * 100L + 2 * i).ToArray();
        if (grammar.OneIn(20))
            Array.Reverse(seqs);
        if (count > 0 && grammar.OneIn(20))
            lines[grammar.Below(count)] = null!;
        return new TransfersAccepted
        {
            Shard = grammar.OneIn(20) ? grammar.Of(-1, 1, 9999, int.MaxValue) : 0,
            Seqs = grammar.OneIn(50) ? null! : seqs,
            Entries = grammar.OneIn(50) ? null! : lines,
            Run = grammar.Of(run, run, run, "", null, "another"),
            PublishedAt = grammar.OneIn(20) ? grammar.Of(DateTimeOffset.MinValue, DateTimeOffset.MaxValue) : DateTimeOffset.UnixEpoch,
            Traceparent = grammar.Of(null, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "rubbish", ""),
            Followed = grammar.OneIn(2) ? null : [.. Enumerable.Range(0, grammar.Below(4)).Select(_ => Followed(grammar, count))],
        };
    }

    private static FollowedEntry Followed(Grammar grammar, int entries) => grammar.OneIn(20) ? null! : new FollowedEntry(
        grammar.OneIn(10) ? grammar.Of(-1, entries, int.MinValue, int.MaxValue) : grammar.Below(entries + 1),
        grammar.Of("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "rubbish", "", null)!);
}
