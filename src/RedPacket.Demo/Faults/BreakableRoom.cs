using RedPacket.Messages;
using RedPacket.Subscribers.Following;

namespace RedPacket.Demo.Faults;

/// <summary>A room that an operator can hang and poison. All else is as in the room that it wraps.</summary>
internal sealed class BreakableRoom(SubscriberRoom room) : SubscriberRoom
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _hang;
    private volatile bool _isPoisoned;
    private bool _isEnded;

    public override string Name => room.Name;

    public override string Schema => room.Schema;

    /// <summary>hung or poisoned, or null.</summary>
    public string? Fault => _hang is not null ? "hung" : _isPoisoned ? "poisoned" : null;

    /// <summary>Its next transfer waits with an open transaction until the room is healed.</summary>
    public void Hang()
    {
        lock (_lock)
        {
            if (!_isEnded)
                _hang ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>It fails at every transfer until it is healed.</summary>
    public void Poison() => _isPoisoned = true;

    /// <summary>It goes on where it was.</summary>
    public void Heal()
    {
        _isPoisoned = false;
        lock (_lock)
        {
            _hang?.SetResult();
            _hang = null;
        }
    }

    /// <summary>Heals it, and it hangs no more: its host stops.</summary>
    public void End()
    {
        lock (_lock)
            _isEnded = true;
        Heal();
    }

    public override void Apply(IReadOnlyList<SettledTransfer> transfers, RoomTransaction transaction)
    {
        // A room has a thread while it works, so a room that hangs keeps its thread.
        _hang?.Task.Wait();
        if (_isPoisoned)
            throw new InvalidOperationException("an operator has poisoned this room");
        room.Apply(transfers, transaction);
    }

    public override GrabSums Sums(RoomTransaction transaction) => room.Sums(transaction);

    public override void Map(IEndpointRouteBuilder app, RoomStore store) => room.Map(app, store);
}
