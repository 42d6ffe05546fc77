using RedPacket.Tests.Servers;

namespace RedPacket.Tests.Drills;

/// <summary>
/// The registry's drills run alone, after everything else: they load the machine, and what they wait for has limits.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class DrillTests : ICollectionFixture<RabbitFixture>
{
    public const string Name = "Drills";
}
