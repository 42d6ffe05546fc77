using RedPacket.Reports;
using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Reports;

/// <summary>The report as a file for spreadsheets: whole, and with texts that stay what they are.</summary>
[Needs("servers")]
public sealed class ReportCsvTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Csv_HasAllPacketsAndAllClaims_NotOnlyTheFirstPage()
    {
        await using var world = await ReconciliationWorld.Open(redis, null);
        var many = await world.Settled("a", "b", "c", "d", "e");
        for (var i = 0; i < 4; i++)
            await world.Settled("a");

        var packets = await Csv(world, new ReportRequest(Limit: 2));
        var claims = await Csv(world, new ReportRequest(many, Limit: 2));

        Assert.Equal(5, packets.Where(line => line[0] == "packet").Select(line => line[3]).Distinct().Count());
        Assert.Equal(["a", "b", "c", "d", "e"], claims.Where(line => line[0] == "claim").Select(line => line[4]));
        Assert.All([packets, claims], file => Assert.Equal(["end", $"{file.Length - 2}"], file[^1][..2]));
    }

    [Fact]
    public async Task Csv_WithALimit_IsThatPage()
    {
        await using var world = await ReconciliationWorld.Open(redis, null);
        await world.Settled("a");
        await world.Settled("a");

        var page = (await Called.Report(world, "?format=csv&limit=1")).Body.Split("\r\n");

        Assert.Single(page, line => line.StartsWith("packet,", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Csv_IsWrittenForSpreadsheets()
    {
        await using var world = await ReconciliationWorld.Open(redis, null);
        var packet = await world.Settled("20261128123456789", "3e5", "1-2", "a1");

        var file = await Called.Report(world, $"?format=csv&packetId={packet}");

        Assert.Equal('\uFEFF', file.Body[0]);
        Assert.Matches(
            @"^attachment; filename=""consistency-0-[0-9a-f]{32}-20\d\d-\d\d-\d\dT\d{6}Z[.]csv""$",
            file.Headers.ContentDisposition.ToString());
        Assert.All(
            [",'20261128123456789,", ",'3e5,", ",'1-2,", ",a1,"],
            field => Assert.Contains(field, file.Body, StringComparison.Ordinal));
    }

    private static async Task<string[][]> Csv(ReconciliationWorld world, ReportRequest request)
    {
        var report = (await world.Get<ReportBuilder>().Find(request, ReconciliationWorld.Stop))!;
        var file = world.Get<ReportCsv>().File(report, request, isWhole: true);
        var body = (await Called.By(world, "", "olga", _ => Task.FromResult(file))).Body;
        return [.. body.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(','))];
    }
}
