using RedPacket.Tests.Servers;
using StackExchange.Redis;

namespace RedPacket.Tests.Simulation;

/// <summary>
/// Faults that this world finds and the product still has. Each is a move that the usual histories do not draw
/// (<see cref="Command.Unmended"/>), with the shortest history that breaks a promise.
/// SIMULATION_FAULTS=ForgedMessage, or all, lets <see cref="SimulationTests"/> draw them.
/// </summary>
/// <remarks>
/// When a fault is mended: move its move to the other moves in <see cref="Command"/>, and set Mended here. The history then has to hold.
/// </remarks>
[Needs("simulation")]
public sealed class KnownFaultTests
{
    /// <param name="Rule">The rule of PROTOCOL.md that ends it.</param>
    /// <param name="Breaks">The beginning of what the world says.</param>
    private sealed record KnownFault(string Move, string Rule, int Seed, string History, string Breaks, bool Mended = false);

    private static readonly KnownFault[] s_faults =
    [
        // The key was claimed in another call than the one that makes the packet.
        new("SenderSleepsOn", "2.2", 3, "SenderSleepsOn(0,1,1) Flush(1,0) Open(1,0) Send(0,1) SleeperWakes(0,0)", "3: ", Mended: true),
        // A fund that came late brought back its packet, although its key had made another.
        new("KeysUnique", "5.4", 3,
            "Send(0,0) Relay(0,0) LoseWrites(2,0) Open(0,0) Send(0,0) Deliver(0,0) Open(0,0) Replay(1,0)", "3: one key", Mended: true),
        // An opening went on when a replica had taken over, which lacks what the opening wrote.
        new("PromotedInOpening", "4.6", 3,
            "Send(0,2) Grab(0,0) Relay(0,0) Deliver(0,0) LoseWrites(2,0) KeeperStops(22,0) PromotedInOpening(0,0)", "4: in the ledger",
            Mended: true),
        // Operators had no call for a line that is unreadable, a fund or a refund.
        new("ParkedEnded", "7.3", 3, "Poison(0,0) Relay(0,0) Deliver(0,0) ParkedEnded(0,0)", "6: parked for ever", Mended: true),
        // A ledger that went back within a run was taken for the one that Redis told everything.
        new("LedgerRestored", "6.5", 3,
            "Send(0,0) Grab(0,0) Relay(0,0) Deliver(0,0) LedgerBackup(0,0) Archive(0,0) LedgerRestored(0,0)", "4: in the ledger",
            Mended: true),
        new("LedgerRestoredInPlace", "6.5", 3,
            "Send(0,0) Grab(0,0) Relay(0,0) Deliver(0,0) LedgerBackup(0,0) Archive(0,0) LedgerRestoredInPlace(0,0)", "4: in the ledger",
            Mended: true),
        // The writer remembered numbers of packets that the restored ledger does not have.
        new("LedgerRestoredInPlace", "6.5", 3,
            "LedgerBackup(0,0) Send(0,0) Relay(0,0) Deliver(0,0) LedgerRestoredInPlace(0,0) Grab(0,0) Relay(0,0) Deliver(0,0)", "2: ",
            Mended: true),
        // A message is believed, and nothing shows who sent it.
        new("ForgedMessage", "5.3", 3, "Send(0,2) Grab(0,0) ForgedMessage(0,0)", "4: "),
    ];

    [Fact]
    public async Task ShortestHistories_BreakAPromise_UntilTheFaultIsMended()
    {
        await using var store = new GarnetStore();
        await store.InitializeAsync();
        using var template = await SimulatedLedger.Template();
        List<string> surprises = [];
        foreach (var fault in s_faults)
        {
            var broken = await new History(store.Connection, template, fault.Seed, 2, []).Break(Command.Read(fault.History));
            if ((broken is null) != fault.Mended || broken?.Contains(fault.Breaks, StringComparison.Ordinal) == false)
                surprises.Add($"{fault.Move} (rule {fault.Rule}): {broken ?? "holds every promise now, so it is mended: see the remarks"}");
        }
        Assert.True(surprises.Count == 0, string.Join("\n", surprises));
    }

    [Fact]
    public void UnmendedMoves_EachHaveAHistory() =>
        Assert.Equal(
            Command.Unmended.Select(each => each.Move.ToString()).Order(),
            s_faults.Where(fault => !fault.Mended).Select(fault => fault.Move).Distinct().Order());
}
