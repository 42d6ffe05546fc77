namespace RedPacket.Settlement;

/// <summary>The chunks of one lane that this process is settling, in the order in which they came.</summary>
internal sealed class InFlightChunks
{
    private readonly Lock _lock = new();
    private readonly HashSet<Place> _places = [];

    /// <summary>Takes the next place. The caller disposes it when the chunk is settled.</summary>
    public Place Enter()
    {
        lock (_lock)
        {
            var place = new Place(this, [.. _places]);
            _places.Add(place);
            return place;
        }
    }

    /// <summary>A chunk's place in the order.</summary>
    internal sealed class Place(InFlightChunks lane, IReadOnlyList<Place> earlier) : IDisposable
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private IReadOnlyList<Place> _earlier = earlier;

        /// <summary>
        /// Waits until every earlier chunk is settled. No chunk waits for a later one, so there is no circle.
        /// </summary>
        public Task EarlierOnes(CancellationToken cancellation) =>
            Task.WhenAll(_earlier.Select(place => place._done.Task)).WaitAsync(cancellation);

        public void Dispose()
        {
            lock (lane._lock)
                lane._places.Remove(this);
            // Otherwise every place would keep all earlier places in memory.
            _earlier = [];
            _done.TrySetResult();
        }
    }
}
