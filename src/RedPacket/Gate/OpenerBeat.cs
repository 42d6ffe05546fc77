using RedPacket.Hosting;

namespace RedPacket.Gate;

/// <summary>
/// Renews the rights of this process's openings beside their work. So the right of a process that is killed or hung ends
/// before the calls that wait for its shard are refused. Work that is silent for long, as while the ledger adds up
/// millions of rows, keeps its right.
/// </summary>
internal sealed class OpenerBeat(TimeProvider clock)
{
    /// <summary>How long an opening may be silent before others may take over.</summary>
    public const int UsualSilenceMs = 10_000;

    // Less than HoldOptions.HoldFor.
    private const int LifeMs = 1500;
    private static readonly TimeSpan s_every = TimeSpan.FromMilliseconds(250);

    /// <summary>The keeper switches it on. Without it a right lives as long as its holder may be silent.</summary>
    public bool IsOn { get; set; }

    /// <summary>How long the right of an opening lives in Redis.</summary>
    /// <param name="silenceMs">How long the opening may be silent.</param>
    public int LifeOf(int silenceMs) => IsOn ? LifeMs : silenceMs;

    /// <summary>Renews until the opening is over, or has been silent for too long.</summary>
    public async Task Keep(GateOpening opening, int silenceMs)
    {
        while (IsOn && !opening.IsOver && opening.Silence.TotalMilliseconds < silenceMs)
        {
            try
            {
                await opening.Beat();
            }
            catch (OpeningLostException)
            {
                return;
            }
            catch (Exception exception) when (RedisOutage.Is(exception))
            {
                // The right ends soon where Redis stays away.
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            await Task.Delay(s_every, clock);
        }
    }
}
