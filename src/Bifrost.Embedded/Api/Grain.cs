using Bifrost.Embedded.Runtime;
using Orleans.Runtime;

namespace Orleans
{
    /// <summary>What the engine needs of a grain class; <see cref="Grain"/> is the usual way to have it.</summary>
    public interface IGrainBase
    {
        IGrainContext GrainContext { get; }

        Task OnActivateAsync(CancellationToken token) => Task.CompletedTask;

        Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token) => Task.CompletedTask;
    }

    /// <summary>Base class of grains. Everything here is for the grain's own turns.</summary>
    public abstract class Grain : IGrainBase, IAddressable
    {
        protected Grain() => GrainContext = Activation.UnderConstruction
            ?? throw new InvalidOperationException("Grains are made by the engine: ask IGrainFactory for a reference.");

        public IGrainContext GrainContext { get; }

        protected IGrainFactory GrainFactory => Own.GrainFactory;

        private Activation Own => (Activation)GrainContext;

        /// <summary>Ends this activation after the current call; the next call finds a new one.</summary>
        protected void DeactivateOnIdle() => ((IGrainBase)this).DeactivateOnIdle();

        /// <summary>Runs before the first call, after persistent state was read. Throwing fails the activation.</summary>
        public virtual Task OnActivateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        /// <summary>Runs after the last call. Not run when the process dies.</summary>
        public virtual Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

namespace Orleans.Runtime
{
    /// <summary>The activation around a grain.</summary>
    public interface IGrainContext
    {
        GrainId GrainId { get; }

        /// <summary>Null until the grain was constructed and after it was dropped.</summary>
        object? GrainInstance { get; }

        /// <summary>Services of this activation's own scope.</summary>
        IServiceProvider ActivationServices { get; }

        /// <summary>Completes when the activation is gone.</summary>
        Task Deactivated { get; }

        /// <summary>Starts no further call here and ends the activation when those under way have ended.</summary>
        void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default);
    }
}
