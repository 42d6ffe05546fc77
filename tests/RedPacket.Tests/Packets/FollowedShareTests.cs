using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using Microsoft.EntityFrameworkCore;
using RedPacket.Feed;
using RedPacket.Packets;
using RedPacket.Packets.Traces;
using RedPacket.Reports;
using RedPacket.Tests.Servers;
using StackExchange.Redis;

namespace RedPacket.Tests.Packets;

/// <summary>A followed share, from its grab to the report that draws its way.</summary>
[Needs("servers")]
public abstract class FollowedShareTests(RedisFixture redis, SharedPostgres? postgres) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task FollowedShare_HasItsWayInTheReport_AndSpansInTheTraceOfItsRequest()
    {
        ConcurrentBag<Activity> spans = [];
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "RedPacket",
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        await using var service = await Service.Start(redis, postgres, "--Traces:OneIn=0");
        // The announcer of a new ledger begins at its newest transfer.
        await Eventually.Holds(async () =>
        {
            await using var db = await service.OpenLedger();
            return await db.Announced.AnyAsync();
        });
        var packet = await service.Send(10, 2);
        var traceId = ActivityTraceId.CreateRandom().ToHexString();

        await Grab(service, packet, "followed", ("traceparent", $"00-{traceId}-b7ad6b7169203331-01"));
        await Grab(service, packet, "other", ("traceparent", $"00-{traceId}-b7ad6b7169203331-00"));
        await service.Settles();

        var claim = await Eventually.Yields(() => Claim(service, packet, "followed"), claim => claim.Followed!.Stages.Count == 8);
        Assert.Equal(traceId, claim.Followed!.TraceId);
        Assert.Equal(ClaimTrace.Names, claim.Followed.Stages.Select(stage => stage.Name));
        Assert.All(claim.Followed.Stages, stage => Assert.InRange(stage.DurationMs, 0, 600_000));
        Assert.Null((await Claim(service, packet, "other")).Followed);
        Assert.Equal(0, await redis.Database.SortedSetLengthAsync(PacketKeys.Followed(0)));
        var transfers = (await service.Of<FeedReader>().Page(new FeedRequest(0, 1000), TestContext.Current.CancellationToken)).Transfers;
        Assert.Equal(3, transfers.Count);
        Assert.All(transfers, transfer => Assert.Equal(transfer.UserId == "followed" ? traceId : null, transfer.Traceparent?[3..35]));
        await Eventually.Holds(() => ClaimTrace.Names.All(
            name => spans.Any(span => span.OperationName == name && span.TraceId.ToHexString() == traceId)));
        await Eventually.Holds(() => new[] { "relay chunk", "record chunk" }.All(name => spans.Any(
            span => span.OperationName == name && span.Links.Any(link => link.Context.TraceId.ToHexString() == traceId))));
    }

    [Fact]
    public async Task PacketThatWasArchivedMeanwhile_DoesNotComeBack()
    {
        await redis.Flush();
        var packet = PacketKeys.Packet(0, $"0-{new string('a', 32)}");
        await redis.Database.SortedSetAddAsync(PacketKeys.Followed(0), "2 00-a-b-01", 2);

        await new ScriptFile("followed.lua").Evaluate(redis.Database, [PacketKeys.Followed(0), packet], [" 1 2 3 4 5", 2, 1]);

        Assert.False(await redis.Database.KeyExistsAsync(packet));
        Assert.False(await redis.Database.KeyExistsAsync(PacketKeys.Followed(0)));
    }

    [Fact]
    public async Task ChunkThatComesTwice_ChangesTheTimesOnce()
    {
        await redis.Flush();
        var packet = PacketKeys.Packet(0, $"0-{new string('a', 32)}");
        await redis.Database.HashSetAsync(packet, PacketFields.Trace(1), "00-a-b-01 1 2 3");
        var script = new ScriptFile("followed.lua");

        var first = await script.Evaluate(redis.Database, [PacketKeys.Followed(0), packet], [" 4 5 6 7 8", 2, 1]);
        var second = await script.Evaluate(redis.Database, [PacketKeys.Followed(0), packet], [" 9 9 9 9 9", 2, 1]);

        Assert.Equal("00-a-b-01 1 2 3 4 5 6 7 8", Assert.Single((string[])first!));
        Assert.Empty((string[])second!);
        Assert.Equal("00-a-b-01 1 2 3 4 5 6 7 8", await redis.Database.HashGetAsync(packet, PacketFields.Trace(1)));
    }

    [Fact]
    public async Task Announcement_IsAddedOnce_WhenSettlementHasCompletedTheTrace()
    {
        await redis.Flush();
        var packet = PacketKeys.Packet(0, $"0-{new string('a', 32)}");
        await redis.Database.HashSetAsync(packet,
            [new(PacketFields.Trace(1), "00-a-b-01 1 2 3"), new(PacketFields.Trace(2), "00-c-d-01 1 2 3 4 5 6 7 8")]);
        var script = new ScriptFile("announced.lua");

        string[] Answers(RedisResult? result) => (string[])result!;
        var first = Answers(await script.Evaluate(redis.Database, [packet, packet, packet], [1, " 9", 2, " 9", 3, " 9"]));
        var second = Answers(await script.Evaluate(redis.Database, [packet], [2, " 10"]));

        Assert.Equal(["wait", "00-c-d-01 1 2 3 4 5 6 7 8 9", "gone"], first);
        Assert.Equal(["gone"], second);
        Assert.Equal("00-c-d-01 1 2 3 4 5 6 7 8 9", await redis.Database.HashGetAsync(packet, PacketFields.Trace(2)));
        Assert.Equal(2, await redis.Database.HashLengthAsync(packet));
    }

    private static async Task Grab(Service service, string packet, string user, (string Name, string Value) header)
    {
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{service.Port}") };
        using var call = new HttpRequestMessage(HttpMethod.Post, new Uri($"/api/v1/packets/{packet}/grabs", UriKind.Relative));
        call.Headers.Authorization = AuthenticationHeaderValue.Parse(new Tokens().Bearer(user));
        call.Headers.Add(header.Name, header.Value);
        using var answer = await client.SendAsync(call, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static async Task<ClaimTimeline> Claim(Service service, string packet, string user) =>
        (await service.Of<ReportBuilder>().Find(new ReportRequest(packet, UserId: user), TestContext.Current.CancellationToken))!.Claim!;
}

public sealed class FollowedShareOnSqliteTests(RedisFixture redis) : FollowedShareTests(redis, null);

public sealed class FollowedShareOnPostgresTests(RedisFixture redis, SharedPostgres postgres) : FollowedShareTests(redis, postgres);
