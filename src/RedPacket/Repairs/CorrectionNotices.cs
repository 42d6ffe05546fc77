using System.Globalization;
using RedPacket.Packets;

namespace RedPacket.Repairs;

/// <summary>
/// Corrections write shares into packets that are final. A notice comes first: it ends what processes know of winners, and
/// they learn none before it has ended (PROTOCOL 3.5).
/// </summary>
internal sealed class CorrectionNotices(ScriptRunner scripts, TimeProvider clock)
{
    /// <summary>The number of a new notice. No process denies a share that is written under it.</summary>
    /// <param name="run">The run of the shard that the ledger records.</param>
    public async Task<long> Begin(int shard, string run, CancellationToken cancellation)
    {
        var notice = await Call(shard, run, "");
        await WinnersProof.Over(clock.GetTimestamp(), clock, cancellation);
        return long.Parse(notice, CultureInfo.InvariantCulture);
    }

    /// <summary>
    /// Nothing more is written under the notice. When this is not reached, the shard's late grabs ask Redis until its next
    /// correction or opening.
    /// </summary>
    public Task End(int shard, string run, long notice) => Call(shard, run, notice.ToString(CultureInfo.InvariantCulture));

    private async Task<string> Call(int shard, string run, string notice) =>
        (string)(await scripts.Run(MoneyScript.Correcting, shard, [PacketKeys.Meta(shard)], [run, notice]))! is not MoneyScript.Ended
            and var number ? number : throw MoneyScript.NotInTheRun(shard);
}
