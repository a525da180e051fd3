export { Member, Members, type MembersOptions } from './redis-members';
