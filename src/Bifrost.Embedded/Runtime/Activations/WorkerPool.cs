namespace Bifrost.Embedded.Runtime;

/// <summary>The activations of one stateless worker key: the first idle one is taken, then a new one up to the limit, then the least busy.</summary>
internal sealed class WorkerPool(GrainClass grains, string key) : ICallTarget
{
    private readonly Lock _gate = new();
    private readonly List<Activation> _workers = [];
    private bool _gone;

    public bool Accept(Call call)
    {
        while (true)
        {
            if (Choose() is not { } worker) return false;
            var accepted = worker.Accept(call);
            worker.Promise(-1);
            if (accepted) return true;
        }
    }

    public void CollectInto(List<Activation> activations)
    {
        lock (_gate) activations.AddRange(_workers);
    }

    public void Remove(Activation worker)
    {
        lock (_gate)
        {
            _workers.Remove(worker);
            if (_workers.Count > 0) return;
            _gone = true;
        }
        grains.Remove(key, this);
    }

    private Activation? Choose()
    {
        lock (_gate)
        {
            if (_gone) return null;
            var chosen = LeastBusy();
            chosen.Promise(1);
            return chosen;
        }
    }

    // Under the lock.
    private Activation LeastBusy()
    {
        Activation? best = null;
        var least = int.MaxValue;
        foreach (var worker in _workers)
        {
            var load = worker.Load;
            if (load >= least) continue;
            (best, least) = (worker, load);
            if (load == 0) return best;
        }
        if (best is not null && _workers.Count >= grains.WorkersMax) return best;
        best = new Activation(grains, key, this);
        _workers.Add(best);
        return best;
    }
}
