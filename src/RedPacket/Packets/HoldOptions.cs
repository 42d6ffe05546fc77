using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using RedPacket.Hosting;

namespace RedPacket.Packets;

/// <summary>Section <c>Grabs</c>: how calls wait for a shard that is away for a moment. The rest of the section belongs to Grabs.</summary>
[Section("Grabs")]
internal sealed class HoldOptions
{
    /// <summary>
    /// Sends and grabs that Redis has not executed wait until the shard has been away for so long, and are refused then. A planned failover
    /// takes less.
    /// </summary>
    public TimeSpan HoldFor { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Grabs that may wait for one shard. Further ones are refused at once.</summary>
    [Range(1, 1_000_000)]
    public int HoldMax { get; set; } = 20_000;
}

/// <summary>Refuses a time that callers would not wait.</summary>
internal sealed class HoldOptionsCheck : IValidateOptions<HoldOptions>
{
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(30);

    public ValidateOptionsResult Validate(string? name, HoldOptions options) =>
        options.HoldFor >= TimeSpan.Zero && options.HoldFor <= s_longest
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"Grabs:HoldFor must be 0 to {s_longest}; it was {options.HoldFor}.");
}
