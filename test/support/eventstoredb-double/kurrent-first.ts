// Both packages define the same global names, and only the classes of the one that was loaded last are whole. The double is
// made of the EventStoreDB package's; a store under test may load the other one at any time, so that is done first.
import '@kurrent/kurrentdb-client';
