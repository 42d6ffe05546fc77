using System.Text.Json;

namespace RedPacket.Tests.Contract;

/// <summary>
/// The report's totals of all packets. Equal totals before and after mean that nothing was sent or grabbed.
/// Time changes none of them: an expired packet is still counted, and its rest is refunded.
/// </summary>
internal sealed record Sums(long Packets, long Granted, long Funded, long GrantedFen, long Unclaimed)
{
    public static async Task<Sums> Of(ApiClient api)
    {
        var report = await api.Report();
        Assert.True(report.GetProperty("unread").GetArrayLength() == 0, $"A side was not read: {report}");
        JsonElement packets = report.GetProperty("packets"), claims = report.GetProperty("claims"), money = report.GetProperty("money");
        return new Sums(
            Number(packets, "open") + Number(packets, "emptied") + Number(packets, "expired"),
            Number(claims, "granted"),
            Number(money, "fundedFen"),
            Number(money, "grantedFen"),
            Number(money, "refundedFen") + Number(money, "leftFen"));
    }

    private static long Number(JsonElement parent, string name) => parent.GetProperty(name).GetInt64();
}
